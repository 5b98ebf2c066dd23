package kvstore.server.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Takes an operator's questions and orders at any node. Any thread may call; never blocks. */
@FunctionalInterface
public interface Administration {

  /**
   * Answers ADMIN with these words, the subcommand first. Always ends normally, within a bounded
   * time.
   */
  CompletionStage<Answer> ask(List<String> words);

  /**
   * What came of it.
   *
   * @param ok false if it was refused or its outcome is not known
   * @param text what will happen, the state asked for, or why not; an error starts with its code,
   *     such as {@code ERR} or {@code TRYAGAIN}
   */
  record Answer(boolean ok, String text) {

    public static Answer ok(String text) {
      return new Answer(true, text);
    }

    public static Answer refused(String reason) {
      return new Answer(false, "ERR " + reason);
    }
  }
}
