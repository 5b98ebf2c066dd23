package kvstore.tools.verify.history;

import java.util.ArrayList;
import java.util.List;

/** A violation in words. */
final class Explanation {

  private final Verdict.Violation violation;

  Explanation(Verdict.Violation violation) {
    this.violation = violation;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    List<String> keys = violation.object().keys();
    long origin =
        violation.object().operations().stream().mapToLong(Operation::invokedAt).min().orElse(0);
    lines.add("not linearizable: " + String.join(", ", keys) + " (ms since its first operation)");
    for (Operation operation : violation.window()) {
      boolean culprit = operation.equals(violation.culprit());
      lines.add((culprit ? " > " : "   ") + operation.line(keys, origin));
    }
    lines.add(
        "   The "
            + violation.earlier()
            + " operations that had returned before the marked one fit in some order, but each"
            + " such order leaves "
            + String.join("  or  ", violation.possible())
            + " there, and then the marked one can not have replied as it did.");
    return lines;
  }
}
