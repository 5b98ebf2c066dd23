package kvstore.tools.verify.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import kvstore.tools.verify.history.Operation.Outcome;

/**
 * The few operations that show a violation: the culprit, what was under way with it, who wrote what
 * it should have met, and who wrote what it met instead.
 */
final class Window {

  private static final int MOST_CONCURRENT = 8;
  private static final int MOST_OF_A_VALUE = 2;

  private final List<Operation> all;
  private final Operation culprit;
  private final Set<Operation> chosen = new LinkedHashSet<>();

  Window(List<Operation> all, Operation culprit, List<String> possible) {
    this.all =
        all.stream()
            .filter(operation -> operation.outcome() != Outcome.FAILED)
            .sorted(Comparator.comparingLong(Operation::invokedAt))
            .toList();
    this.culprit = culprit;
    chosen.add(culprit);
    for (String contents : possible) {
      for (String value : contents.split(", ", -1)) {
        addLast(value);
      }
    }
    culprit.replies().forEach(this::addLast);
    addConcurrent();
  }

  List<Operation> operations() {
    List<Operation> sorted = new ArrayList<>(chosen);
    sorted.sort(Comparator.comparingLong(Operation::invokedAt));
    return sorted;
  }

  /** The last operations before the culprit's return that wrote a value, and that saw it. */
  private void addLast(String value) {
    int written = 0;
    int seen = 0;
    for (int i = all.size() - 1; i >= 0; i--) {
      Operation operation = all.get(i);
      if (operation.invokedAt() > culprit.returnedAt() || operation.equals(culprit)) {
        continue;
      }
      if (writes(operation, value) && written < MOST_OF_A_VALUE) {
        written++;
        chosen.add(operation);
      } else if (shows(operation, value) && seen < MOST_OF_A_VALUE) {
        seen++;
        chosen.add(operation);
      }
    }
  }

  private static boolean writes(Operation operation, String value) {
    for (int i = 0; i < operation.steps().size(); i++) {
      Step step = operation.steps().get(i);
      boolean whole = step.kind().writes() && Step.shown(step.value()).equals(Step.shown(value));
      boolean removes =
          value.equals(Step.NIL)
              && (step.kind() == Step.Kind.DEL || step.kind() == Step.Kind.CAD)
              && !operation.replies().equals(List.of("0"));
      boolean counted =
          step.kind() == Step.Kind.INCR
              && operation.outcome() == Outcome.OK
              && operation.replies().get(i).equals(value);
      if (whole || removes || counted) {
        return true;
      }
    }
    return false;
  }

  private static boolean shows(Operation operation, String value) {
    for (int i = 0; i < operation.replies().size(); i++) {
      if (operation.steps().get(i).kind() == Step.Kind.GET
          && Step.shown(operation.replies().get(i)).equals(Step.shown(value))) {
        return true;
      }
    }
    return false;
  }

  private void addConcurrent() {
    int added = 0;
    for (Operation operation : all) {
      boolean open = operation.outcome() == Outcome.UNKNOWN;
      boolean overlaps =
          operation.invokedAt() <= culprit.returnedAt()
              && !open
              && operation.returnedAt() >= culprit.invokedAt();
      if (overlaps && added < MOST_CONCURRENT && chosen.add(operation)) {
        added++;
      }
    }
  }
}
