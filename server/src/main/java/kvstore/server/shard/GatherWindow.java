package kvstore.server.shard;

import java.util.concurrent.TimeUnit;

/**
 * How long the next entry waits for the commands of those clients that were just answered. An entry
 * costs three fsyncs and a dozen hand-overs, however many commands it holds, and clients that wait
 * for their replies come back together, a moment after an entry was applied. Without a window they
 * fall into two halves that never meet: one half's entry is in flight whenever the other comes
 * back, and each pays for entries half as large.
 *
 * <p>The window closes as soon as as many commands wait as were under way before, or after the time
 * that the entry took, a millisecond at most. It does not open for a client that is alone, and if
 * nobody came back in it, it stays shut for a while, longer each time: who sends on a schedule of
 * his own waits in vain seldom.
 *
 * <p>Guarded by the batcher's lock.
 */
final class GatherWindow {

  /** Of a shard far from its clients, or under faults, entries take much longer than that. */
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Entries for which the window stays shut, at most. */
  private static final int LONGEST_SHUT = 64;

  private int goal;
  private int before;
  private long untilNanos;
  private boolean open;
  private int shutFor;
  private int shutNext = 1;

  /**
   * An entry was applied, and its commands have their replies.
   *
   * @param commands in the entry
   * @param waiting commands that wait by now
   * @param tookNanos since the entry was sent
   */
  void opens(int commands, int waiting, long tookNanos, long nowNanos) {
    if (shutFor > 0) {
      shutFor--;
      return;
    }
    goal = commands + waiting;
    before = waiting;
    untilNanos = nowNanos + Math.min(LONGEST_NANOS, tookNanos);
    open = true;
  }

  /**
   * How long the next entry has to wait still, in ns; 0 if it may leave.
   *
   * @param waiting commands that wait by now
   */
  long remaining(int waiting, long nowNanos) {
    if (!open) {
      return 0;
    }
    long remaining = untilNanos - nowNanos;
    if (waiting >= goal - goal / 8) {
      shutNext = 1;
      open = false;
    } else if (remaining <= 0) {
      open = false;
      if (waiting - before <= (goal - before) / 4) {
        shutFor = shutNext;
        shutNext = Math.min(LONGEST_SHUT, 2 * shutNext);
      }
    }
    return open ? remaining : 0;
  }
}
