package kvstore.tools.verify.history;

import java.util.List;

/** What the checker found of one object. */
public sealed interface Verdict {

  /** Some order of the operations explains every reply. */
  record Linearizable() implements Verdict {}

  /**
   * No order does.
   *
   * @param culprit the first operation to return that fits no order of those before
   * @param earlier how many operations had returned before it, all of which could be explained
   * @param possible what the object could have held then, as text; a few examples if there are many
   * @param window the operations that show it, by time of invocation, the culprit among them
   */
  record Violation(
      ObjectHistory object,
      Operation culprit,
      int earlier,
      List<String> possible,
      List<Operation> window)
      implements Verdict {

    /** The window as lines of text, and what is wrong with it. */
    public List<String> lines() {
      return new Explanation(this).lines();
    }
  }

  /** Too many orders to try all, and none of those tried explains the replies. */
  record Undecided(ObjectHistory object, long tried) implements Verdict {}
}
