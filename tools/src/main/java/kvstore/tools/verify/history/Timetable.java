package kvstore.tools.verify.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import kvstore.tools.verify.history.Operation.Outcome;

/**
 * An object's operations as the search goes through them: a list of calls and returns in the order
 * of time, from which an operation is lifted when it has found its place in the order, and put back
 * when that place was wrong. Operations of unknown outcome never return; they stand aside. For one
 * thread.
 */
final class Timetable {

  /** Stands before the first event, and after the last. */
  static final int HEAD = 0;

  private final List<Operation> certain = new ArrayList<>();
  private final List<Operation> open = new ArrayList<>();
  private final int[] next;
  private final int[] previous;

  /** The operation of an event, from 0; for returns, its complement. */
  private final int[] operationOf;

  private final int[] callOf;
  private final int[] returnOf;

  /** How many operations return before an event's return, from 0. */
  private final int[] rank;

  Timetable(List<Operation> operations) {
    for (Operation operation : operations) {
      if (operation.outcome() == Outcome.OK) {
        certain.add(operation);
      } else if (operation.outcome() == Outcome.UNKNOWN && operation.writes()) {
        open.add(operation);
      }
    }
    certain.sort(Comparator.comparingLong(Operation::invokedAt));
    open.sort(Comparator.comparingLong(Operation::invokedAt));
    int count = certain.size();
    next = new int[2 * count + 1];
    previous = new int[2 * count + 1];
    operationOf = new int[2 * count + 1];
    rank = new int[2 * count + 1];
    callOf = new int[count];
    returnOf = new int[count];
    link();
  }

  /** What happens at one moment overlaps: calls come first. */
  private void link() {
    List<Integer> byReturn = new ArrayList<>();
    for (int i = 0; i < certain.size(); i++) {
      byReturn.add(i);
    }
    byReturn.sort(Comparator.comparingLong(i -> certain.get(i).returnedAt()));
    int event = 1;
    int call = 0;
    for (int i = 0; i < byReturn.size(); i++) {
      int returning = byReturn.get(i);
      long at = certain.get(returning).returnedAt();
      while (call < certain.size() && certain.get(call).invokedAt() <= at) {
        callOf[call] = event;
        operationOf[event++] = call++;
      }
      returnOf[returning] = event;
      rank[event] = i;
      operationOf[event++] = ~returning;
    }
    for (int i = 0; i < next.length; i++) {
      next[i] = (i + 1) % next.length;
      previous[(i + 1) % next.length] = i;
    }
  }

  List<Operation> certain() {
    return certain;
  }

  List<Operation> open() {
    return open;
  }

  int next(int event) {
    return next[event];
  }

  boolean isCall(int event) {
    return event != HEAD && operationOf[event] >= 0;
  }

  /** The operation of a call or a return. */
  int operation(int event) {
    int operation = operationOf[event];
    return operation >= 0 ? operation : ~operation;
  }

  int callOf(int operation) {
    return callOf[operation];
  }

  /** How many operations return before this one. */
  int rank(int returnEvent) {
    return rank[returnEvent];
  }

  /** The first return of those operations that have no place yet; HEAD if all have one. */
  int firstReturn() {
    int event = next[HEAD];
    while (isCall(event)) {
      event = next[event];
    }
    return event;
  }

  void lift(int operation) {
    unlink(callOf[operation]);
    unlink(returnOf[operation]);
  }

  /** Undoes the last {@link #lift}; in reverse order only. */
  void putBack(int operation) {
    relink(returnOf[operation]);
    relink(callOf[operation]);
  }

  private void unlink(int event) {
    next[previous[event]] = next[event];
    previous[next[event]] = previous[event];
  }

  private void relink(int event) {
    next[previous[event]] = event;
    previous[next[event]] = event;
  }
}
