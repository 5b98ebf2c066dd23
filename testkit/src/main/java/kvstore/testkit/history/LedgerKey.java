package kvstore.testkit.history;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A key with one writer and the states it goes through, numbered from 0: every fourth is its
 * absence, the others are values that name their number. Only its writer calls {@link #next},
 * {@link #acknowledge} and {@link #refuse}; all else is for any thread.
 */
final class LedgerKey {

  private static final int PERIOD = 4;

  private final String name;
  private final Set<Long> refused = ConcurrentHashMap.newKeySet();
  private volatile long sent;
  private volatile long acknowledged;

  LedgerKey(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  long acknowledged() {
    return acknowledged;
  }

  /** The state that is about to be asked for. */
  long next() {
    long state = sent + 1;
    sent = state;
    return state;
  }

  /** What to write for a state; null if it is the key's absence. */
  @Nullable String value(long state, String padding) {
    return isAbsence(state) ? null : name + "=" + state + " " + padding;
  }

  /**
   * The write of a state was done.
   *
   * @param before what the key held until then, as the write found it; null for nothing
   * @return what is wrong with that, or null
   */
  @Nullable String acknowledge(long state, @Nullable String before) {
    long was = acknowledged;
    String wrong = holds(before, was) ? null : complaint(before, was, was);
    acknowledged = state;
    return wrong;
  }

  /** The write of a state was not done, and never will be. */
  void refuse(long state) {
    refused.add(state);
  }

  /**
   * @param found what a read found; null for nothing
   * @param atLeast the state acknowledged when the read was sent
   * @return what is wrong with that, or null
   */
  @Nullable String check(@Nullable String found, long atLeast) {
    long atMost = sent;
    for (long state = atLeast; state <= atMost; state++) {
      if (holds(found, state) && !refused.contains(state)) {
        return null;
      }
    }
    return complaint(found, atLeast, atMost);
  }

  private boolean holds(@Nullable String found, long state) {
    return isAbsence(state)
        ? found == null
        : found != null && found.startsWith(name + "=" + state + " ");
  }

  private static boolean isAbsence(long state) {
    return state % PERIOD == 0;
  }

  private String complaint(@Nullable String found, long atLeast, long atMost) {
    String shown = found == null ? "nothing" : "'" + found.split(" ", 2)[0] + " …'";
    return name
        + ": expected state "
        + atLeast
        + (atMost > atLeast ? " to " + atMost + ", but not " + refused : "")
        + " (every "
        + PERIOD
        + "th is nothing), but found "
        + shown;
  }
}
