package kvstore.tools.verify.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether an operation of unknown outcome is worth a place now. It is there to make the next
 * operation with a reply fit, alone or with more of its kind behind it. If none of those that may
 * come next could ever profit from what it leaves, it might as well have its place later.
 *
 * <p>Says yes when in doubt: a wrong yes costs time, a wrong no would be a false alarm.
 */
final class Outlook {

  private final Timetable times;

  Outlook(Timetable times) {
    this.times = times;
  }

  /**
   * @param after the contents after the operation
   */
  boolean isUseful(Operation open, @Nullable String[] after) {
    for (int at = times.next(Timetable.HEAD); times.isCall(at); at = times.next(at)) {
      Operation next = times.certain().get(times.operation(at));
      for (Step step : open.steps()) {
        if (step.kind().writes()
            && (mayProfit(next, step.key(), after[step.key()])
                || open.steps().size() > 1 && overwrites(next, step.key()))) {
          return true;
        }
      }
    }
    for (Step step : open.steps()) {
      if (step.kind().writes() && isConditionOfAnother(open, step.key(), after[step.key()])) {
        return true;
      }
    }
    return false;
  }

  /** Behind what overwrites a part of it, it would overwrite that part again. */
  private static boolean overwrites(Operation next, int key) {
    for (Step step : next.steps()) {
      if (step.key() == key) {
        return step.kind() == Step.Kind.SET;
      }
    }
    return false;
  }

  private static boolean mayProfit(Operation next, int key, @Nullable String value) {
    List<Step> steps = next.steps();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).key() == key) {
        // Later steps on the same key see what this one leaves.
        return mayProfit(steps.get(i), next.replies().get(i), value);
      }
    }
    return false;
  }

  private static boolean mayProfit(Step step, String reply, @Nullable String value) {
    if (step.kind() == Step.Kind.SET) {
      return false;
    }
    if (step.reply(value).equals(reply) || value == null) {
      return true;
    }
    return switch (step.kind()) {
      case GET -> mayBecome(value, reply);
      case CAS, CAD -> reply.equals("0") || reply.equals("1") && mayBecome(value, step.expected());
      case INCR -> reply.equals(Step.NOT_AN_INTEGER) || mayBecome(value, reply);
      case APPEND -> true;
      case SET, SET_NX, DEL -> false; // they want nothing there
    };
  }

  /** By being appended to or counted up. */
  private static boolean mayBecome(String value, String wanted) {
    return wanted.startsWith(value)
        || isNumber(value) && !wanted.isEmpty() && Character.isDigit(wanted.charAt(0));
  }

  private static boolean isNumber(String value) {
    return !value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Whether another operation of unknown outcome would do something else here. */
  private boolean isConditionOfAnother(Operation open, int key, @Nullable String value) {
    for (Operation other : times.open()) {
      if (other == open) {
        continue;
      }
      boolean several = other.steps().size() > 1 || open.steps().size() > 1;
      for (Step step : other.steps()) {
        if (step.key() == key
            && step.kind().writes()
            && (several || step.expected().equals(value))) {
          return true;
        }
      }
    }
    return false;
  }
}
