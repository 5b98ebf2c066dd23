package kvstore.tools.verify.fault;

import java.util.ArrayList;
import java.util.List;

/**
 * What the proxy has done to the traffic between nodes so far. It shows that the proxy is in their
 * way: a cut that held nothing was none.
 *
 * @param held bytes that waited because their direction was cut
 * @param slowed bytes that passed late, or under a bound
 * @param resets connections that were reset
 */
record Touched(long held, long slowed, long resets) {

  static final Touched NOTHING = new Touched(0, 0, 0);

  Touched plus(Touched more) {
    return new Touched(held + more.held, slowed + more.slowed, resets + more.resets);
  }

  /** What came in addition to {@code before}. */
  Touched since(Touched before) {
    return new Touched(held - before.held, slowed - before.slowed, resets - before.resets);
  }

  /** In a few words, such as {@code held 120 B}. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    if (held > 0) {
      words.add("held " + held + " B");
    }
    if (slowed > 0) {
      words.add("slowed " + slowed + " B");
    }
    if (resets > 0) {
      words.add("reset " + resets + " connections");
    }
    return words.isEmpty() ? "touched nothing" : String.join(", ", words);
  }
}
