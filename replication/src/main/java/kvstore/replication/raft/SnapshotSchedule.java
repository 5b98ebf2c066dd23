package kvstore.replication.raft;

import java.util.random.RandomGenerator;

/**
 * When the next snapshot of a replica is due: when its log has grown enough, or the last one is
 * old. All replicas of a group hold the same log, and a snapshot makes one slower for a moment: so
 * each time up to a quarter is left out, at random, lest all take theirs at the same moment and no
 * majority be quick. Thread-safe.
 */
final class SnapshotSchedule {

  private static final double MOST_LEFT_OUT = 0.25;

  private final long bytes;
  private final long nanos;
  private final RandomGenerator random;
  private long lastBytes;
  private long lastNanos;
  private double share;

  /**
   * @param bytes of log between two snapshots at most
   * @param nanos between two snapshots at most, if anything changed
   * @param random used by no other
   * @param now as {@link System#nanoTime}
   */
  SnapshotSchedule(long bytes, long nanos, RandomGenerator random, long now) {
    this.bytes = bytes;
    this.nanos = nanos;
    this.random = random;
    taken(0, now);
  }

  /**
   * A snapshot has begun.
   *
   * @param appendedBytes of the log, in this life of the replica
   */
  synchronized void taken(long appendedBytes, long now) {
    lastBytes = appendedBytes;
    lastNanos = now;
    share = 1 - random.nextDouble() * MOST_LEFT_OUT;
  }

  /** The replica's log counts from 0 again. */
  synchronized void restarted() {
    lastBytes = 0;
  }

  synchronized boolean isDue(long appendedBytes, long now) {
    return appendedBytes - lastBytes >= bytes * share || now - lastNanos >= nanos * share;
  }
}
