package kvstore.server.shard;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The time that a leader stamps into entries, in ms since the epoch: the wall clock, but never
 * behind what was stamped before, by this leader or an earlier one. So a key seen as expired stays
 * expired. Thread-safe.
 */
final class LeaderClock {

  private final InstantSource clock;
  private final AtomicLong newest = new AtomicLong();

  LeaderClock(InstantSource clock) {
    this.clock = clock;
  }

  long now() {
    return Math.max(clock.millis(), newest.get());
  }

  /** The time for a new entry. */
  long stamp() {
    return newest.accumulateAndGet(clock.millis(), Math::max);
  }

  /** Takes note of an applied entry's time. */
  void observe(long leaderTimeMs) {
    if (leaderTimeMs > newest.get()) {
      newest.accumulateAndGet(leaderTimeMs, Math::max);
    }
  }
}
