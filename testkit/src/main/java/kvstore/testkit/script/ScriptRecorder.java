package kvstore.testkit.script;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills in the replies that a script does not have yet, by asking a server; to be read through
 * afterwards. Commands with a reply, and those marked {@code @own}, stay as they are.
 *
 * <p>Arguments: host, port, script files.
 */
public final class ScriptRecorder {

  private final ScriptRunner runner;

  private ScriptRecorder(ScriptRunner runner) {
    this.runner = runner;
  }

  public static void main(String[] args) throws IOException {
    InetSocketAddress server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
    ScriptRecorder recorder = new ScriptRecorder(new ScriptRunner(List.of(server), false));
    for (String file : List.of(args).subList(2, args.length)) {
      recorder.record(Path.of(file));
    }
  }

  private void record(Path file) throws IOException {
    List<String> in = Files.readAllLines(file);
    List<String> out = new ArrayList<>();
    try (ScriptRunner.Session session = runner.start()) {
      List<String> block = new ArrayList<>();
      for (int i = 0; i < in.size(); i++) {
        block.add(in.get(i));
        if (!Script.isSending(in.get(i)) || Script.isJoined(in.get(i))) {
          continue;
        }
        while (i + 1 < in.size() && Script.isReply(in.get(i + 1))) {
          block.add(in.get(++i));
        }
        out.addAll(answered(session, block));
        block.clear();
      }
      out.addAll(block);
    }
    Files.write(file, out);
  }

  private static List<String> answered(ScriptRunner.Session session, List<String> block)
      throws IOException {
    List<String> whole = new ArrayList<>(block);
    if (block.contains("@own")) {
      return whole;
    }
    boolean missing = !Script.isReply(block.get(block.size() - 1)) && !block.contains("@silent");
    if (missing) {
      whole.add("...");
    }
    for (Step step : Script.parse("recorded", whole).steps()) {
      List<String> lines = session.exchange(step);
      if (missing) {
        whole.remove(whole.size() - 1);
        whole.addAll(lines);
      } else if (step.marks().contains(Step.Mark.EVENTUALLY)) {
        session.play("recorded", step);
      }
    }
    return whole;
  }
}
