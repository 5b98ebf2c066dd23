package kvstore.server.shard;

/**
 * How fast a shard gets through what it has taken, by the entries that were applied of late, and so
 * how long a newcomer would wait. Guarded by the batcher's lock.
 *
 * <p>Only entries that held a good deal count: one of a single command takes nearly as long as one
 * of a thousand, and says nothing of how a full queue moves.
 */
final class Pace {

  /** What a command costs beside its bytes, in bytes: about as much as so many of them. */
  private static final int COMMAND_BYTES = 1_024;

  /** Entries of less work than this say nothing. */
  private static final long TELLING_WORK = 256L * COMMAND_BYTES;

  /** Of what was known before, so much stays with each entry that counts. */
  private static final double KEPT = 0.75;

  /** One stall must not be taken for the pace of all that follows. */
  private static final double LONGEST_NANOS = 1e9;

  /** Until something was measured: 100,000 small commands a second. */
  private double work = 100_000.0 * COMMAND_BYTES / 100;

  private double nanos = 1e9 / 100;

  /** Since when nothing was applied; only while something is in flight. */
  private long sinceNanos;

  /** When the newest entry that counts was applied. */
  private long countedNanos = Long.MIN_VALUE / 2;

  /** Something is in flight again, after nothing was. */
  void begin(long nowNanos) {
    sinceNanos = nowNanos;
  }

  /**
   * An entry was applied. It took as long as since the one before it, if that was as large, else
   * since it was sent.
   */
  void applied(int commands, long bytes, long sentNanos, long nowNanos) {
    double done = work(commands, bytes);
    if (done >= TELLING_WORK) {
      long took = nowNanos - Math.max(sentNanos, countedNanos);
      work = work * KEPT + done;
      nanos = nanos * KEPT + Math.min(LONGEST_NANOS, took);
      countedNanos = nowNanos;
    }
    sinceNanos = nowNanos;
  }

  /** How long what was taken and is not applied yet will take, and has been waited for at least. */
  long waitNanos(int commands, long bytes, long nowNanos) {
    double expected = work(commands, bytes) * nanos / work;
    return Math.max((long) expected, nowNanos - sinceNanos);
  }

  private static double work(int commands, long bytes) {
    return (double) commands * COMMAND_BYTES + bytes;
  }
}
