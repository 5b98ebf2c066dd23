package kvstore.replication.raft;

import java.util.function.LongSupplier;

/**
 * When to try again what has failed: after a pause, which doubles with each failure up to a bound.
 * What was well for longer than its last pause, and some more, begins anew: a fault that has
 * nothing to do with the former ones is answered as the first, while one that comes back at once
 * keeps its growing pauses. Used by one thread.
 */
final class Backoff {

  private final long firstNanos;
  private final long longestNanos;
  private final LongSupplier nanoTime;
  private long pauseNanos;
  private long notBeforeNanos;
  private boolean well;
  private long wellSinceNanos;

  Backoff(RaftTimings timings, LongSupplier nanoTime) {
    this.firstNanos = timings.firstRetry().toNanos();
    this.longestNanos = timings.longestRetry().toNanos();
    this.nanoTime = nanoTime;
  }

  /** To be asked again and again while it has failed; the first time begins the first pause. */
  boolean isDue() {
    if (pauseNanos == 0) {
      // A first failure: what caused it (a full disk) is likely still there.
      postpone();
      return false;
    }
    well = false;
    return nanoTime.getAsLong() - notBeforeNanos >= 0;
  }

  /** It has been tried: should it fail again, the pause is longer. */
  void postpone() {
    pauseNanos = pauseNanos == 0 ? firstNanos : Math.min(pauseNanos * 2, longestNanos);
    notBeforeNanos = nanoTime.getAsLong() + pauseNanos;
    well = false;
  }

  /** To be told again and again while all is well. */
  void well() {
    long now = nanoTime.getAsLong();
    if (!well) {
      well = true;
      wellSinceNanos = now;
    } else if (now - wellSinceNanos > pauseNanos + firstNanos) {
      pauseNanos = 0;
    }
  }
}
