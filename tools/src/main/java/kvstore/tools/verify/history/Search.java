package kvstore.tools.verify.history;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of one object's operations that respects their times and explains their
 * replies: depth first over "which operation was next" (Wing and Gong, 1993), never twice from the
 * same set of placed operations and the same contents (Lowe, 2017).
 *
 * <p>Operations of unknown outcome may have a place at any time after their call, or none. Naively
 * each doubles the work. Five things keep it small, none of which loses an order: they are tried
 * only when no operation with a reply fits; only if they change something that may help ({@link
 * Outlook}); of equal ones the earliest first; and none just before an operation that overwrites
 * all it did or does not notice it, for then it might as well come later or never. And who used
 * more of them to come to a place than was needed has no business there ({@link Visited}). For one
 * thread.
 */
final class Search {

  private static final int MOST_EXAMPLES = 4;

  private final Timetable times;
  private final Visited visited;
  private final Outlook outlook;
  private final long[] used;
  private final int[] stack;
  private final @Nullable String[][] states;
  private @Nullable String[] state;
  private int depth;
  private int unplaced;
  private long first;
  private long second;

  /** The last return that the search could not pass, and the contents it met there. */
  private int furthest = Timetable.HEAD;

  private final Set<String> met = new LinkedHashSet<>();

  /** How a search ends. */
  enum Result {
    FOUND,
    NONE,
    GAVE_UP
  }

  Search(Timetable times, int keys, Visited visited) {
    this.times = times;
    this.visited = visited;
    this.outlook = new Outlook(times);
    this.state = new String[keys];
    this.used = new long[(times.open().size() + 63) / 64];
    int most = times.certain().size() + times.open().size();
    this.stack = new int[most];
    this.states = new String[most][];
    this.unplaced = times.certain().size();
  }

  /** Operations that returned before the one that fits nowhere. */
  int earlier() {
    return times.rank(furthest);
  }

  Operation culprit() {
    return times.certain().get(times.operation(furthest));
  }

  /** Contents before the culprit, in the orders that come that far. */
  List<String> possible() {
    return List.copyOf(met);
  }

  Result run() {
    visited.clear();
    int event = times.next(Timetable.HEAD);
    int open = 0;
    while (unplaced > 0) {
      if (visited.isFull()) {
        return Result.GAVE_UP;
      }
      if (placeCertain(event) || placeOpen(open)) {
        event = times.next(Timetable.HEAD);
        open = 0;
        continue;
      }
      if (depth == 0) {
        return Result.NONE;
      }
      int undone = takeBack();
      if (undone >= 0) {
        event = times.next(times.callOf(undone));
        open = 0;
      } else {
        event = Timetable.HEAD; // those with a reply were tried before
        open = ~undone + 1;
      }
    }
    return Result.FOUND;
  }

  /** Tries the calls from {@code event} to the first return. */
  private boolean placeCertain(int event) {
    for (int at = event; times.isCall(at); at = times.next(at)) {
      int operation = times.operation(at);
      if (tryNext(times.certain().get(operation), operation)) {
        times.lift(operation);
        unplaced--;
        return true;
      }
    }
    return false;
  }

  /** Tries the operations of unknown outcome that were called before the first return. */
  private boolean placeOpen(int from) {
    int barrier = times.firstReturn();
    note(barrier);
    long until = times.certain().get(times.operation(barrier)).returnedAt();
    List<Operation> all = times.open();
    for (int i = from; i < all.size() && all.get(i).invokedAt() <= until; i++) {
      if (!isUsed(i) && !hasUnusedTwinBefore(i) && tryNext(all.get(i), ~i)) {
        return true;
      }
    }
    return false;
  }

  private boolean isUsed(int open) {
    return (used[open / 64] >>> open & 1) != 0;
  }

  private void flip(int open) {
    used[open / 64] ^= 1L << open;
  }

  private boolean hasUnusedTwinBefore(int open) {
    List<Step> steps = times.open().get(open).steps();
    for (int i = open - 1; i >= 0; i--) {
      if (!isUsed(i) && times.open().get(i).steps().equals(steps)) {
        return true;
      }
    }
    return false;
  }

  /**
   * @param id the number of an operation with a reply, or the complement of that of another
   */
  private boolean tryNext(Operation operation, int id) {
    if (depth > 0 && stack[depth - 1] < 0) {
      Operation last = times.open().get(~stack[depth - 1]);
      if (overwritesAllOf(last, operation, id < 0)) {
        return false;
      }
    }
    @Nullable String[] after = apply(operation, id < 0);
    if (after == null
        || (id < 0 ? !outlook.isUseful(operation, after) : mayComeBefore(operation))) {
      return false;
    }
    long a = id < 0 ? first : first ^ Fingerprint.first(id);
    long b = id < 0 ? second : second ^ Fingerprint.second(id);
    if (id < 0) {
      flip(~id);
    }
    if (!visited.add(a ^ Fingerprint.first(after), b ^ Fingerprint.second(after), used)) {
      if (id < 0) {
        flip(~id);
      }
      return false;
    }
    stack[depth] = id;
    states[depth++] = state;
    state = after;
    first = a;
    second = b;
    return true;
  }

  /** The contents after an operation; null if it would have replied otherwise, or did nothing. */
  private @Nullable String @Nullable [] apply(Operation operation, boolean open) {
    @Nullable String[] after = state.clone();
    List<Step> steps = operation.steps();
    boolean changed = false;
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String before = after[step.key()];
      if (!open && !step.reply(before).equals(operation.replies().get(i))) {
        return null;
      }
      String value = step.after(before);
      changed |= !Objects.equals(value, before);
      after[step.key()] = value;
    }
    return open && !changed ? null : after;
  }

  /** Whether the last one, of unknown outcome, may as well come after this one. */
  private boolean mayComeBefore(Operation operation) {
    if (depth == 0 || stack[depth - 1] >= 0) {
      return false;
    }
    @Nullable String[] before = states[depth - 1];
    for (int i = 0; i < operation.steps().size(); i++) {
      Step step = operation.steps().get(i);
      String reply = operation.replies().get(i);
      if (changes(step, state[step.key()])
          || changes(step, before[step.key()])
          || !step.reply(before[step.key()]).equals(reply)) {
        return false;
      }
    }
    return true;
  }

  private static boolean changes(Step step, @Nullable String value) {
    return !Objects.equals(step.after(value), value);
  }

  private static boolean overwritesAllOf(Operation last, Operation next, boolean nextIsOpen) {
    for (Step step : last.steps()) {
      if (step.kind().writes() && !overwrites(next, step.key(), nextIsOpen)) {
        return false;
      }
    }
    return true;
  }

  /** Whether what the key held makes no difference to the operation. */
  private static boolean overwrites(Operation operation, int key, boolean open) {
    for (Step step : operation.steps()) {
      if (step.key() == key) {
        return step.kind() == Step.Kind.SET || open && step.kind() == Step.Kind.DEL;
      }
    }
    return false;
  }

  private int takeBack() {
    int id = stack[--depth];
    state = states[depth];
    if (id >= 0) {
      times.putBack(id);
      unplaced++;
      first ^= Fingerprint.first(id);
      second ^= Fingerprint.second(id);
    } else {
      flip(~id);
    }
    return id;
  }

  private void note(int barrier) {
    if (furthest == Timetable.HEAD || times.rank(barrier) > times.rank(furthest)) {
      furthest = barrier;
      met.clear();
    }
    if (barrier == furthest && met.size() < MOST_EXAMPLES) {
      met.add(text(state));
    }
  }

  private static String text(@Nullable String[] state) {
    List<String> values = new ArrayList<>();
    for (String value : state) {
      values.add(value == null ? Step.NIL : Step.shown(value));
    }
    return String.join(", ", values);
  }
}
