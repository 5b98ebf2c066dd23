package kvstore.tools.verify.history;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvstore.tools.verify.history.Operation.Outcome;

/** Decides whether an object's history is linearizable. For one thread. */
public final class Checker {

  /** Visits kept at a time, about 100 bytes each. */
  private static final int MOST_VISITED = 3_000_000;

  private final Visited visited;

  public Checker() {
    this(MOST_VISITED);
  }

  Checker(int mostVisited) {
    this.visited = new Visited(mostVisited);
  }

  /** Every object begins empty. */
  public Verdict check(ObjectHistory object) {
    // First without writes of unknown outcome of which nobody ever saw anything: if all can be
    // explained without them, it can.
    Search search = search(object, withoutUnseen(object.operations()));
    if (search.run() == Search.Result.FOUND) {
      return new Verdict.Linearizable();
    }
    search = search(object, object.operations());
    return switch (search.run()) {
      case FOUND -> new Verdict.Linearizable();
      case GAVE_UP -> new Verdict.Undecided(object, visited.size());
      case NONE ->
          new Verdict.Violation(
              object,
              search.culprit(),
              search.earlier(),
              search.possible(),
              new Window(object.operations(), search.culprit(), search.possible()).operations());
    };
  }

  private Search search(ObjectHistory object, List<Operation> operations) {
    return new Search(new Timetable(operations), object.keys().size(), visited);
  }

  private static List<Operation> withoutUnseen(List<Operation> operations) {
    Set<String> seen = new HashSet<>();
    for (Operation operation : operations) {
      if (operation.outcome() == Outcome.OK) {
        seen.addAll(operation.replies());
      }
    }
    List<Operation> kept = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation.outcome() == Outcome.OK || isSeen(operation, seen)) {
        kept.add(operation);
      }
    }
    return kept;
  }

  /** Whether a reply shows what the operation wrote, or might: other kinds leave no mark. */
  private static boolean isSeen(Operation operation, Set<String> seen) {
    for (Step step : operation.steps()) {
      switch (step.kind()) {
        case SET, SET_NX, CAS -> {
          if (seen.contains(step.value())) {
            return true;
          }
        }
        case DEL, CAD, INCR, APPEND -> {
          return true;
        }
        case GET -> {}
      }
    }
    return false;
  }
}
