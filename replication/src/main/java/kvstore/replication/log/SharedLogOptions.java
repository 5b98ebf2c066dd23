package kvstore.replication.log;

import java.util.random.RandomGenerator;

/**
 * Bounds of a {@link SharedLog}.
 *
 * @param writeBufferBytes size at which a write buffer goes to a file of its own
 * @param writeBuffers write buffers in memory at most, one of them being filled
 * @param blockCacheBytes cache for reads of older entries
 * @param fileBytes size of one file; space comes back in units of it
 * @param writeAheadBytes write-ahead files kept at most, read again after a crash
 * @param calmBytesPerSecond what compactions write unless there is much to do
 */
public record SharedLogOptions(
    long writeBufferBytes,
    int writeBuffers,
    long blockCacheBytes,
    long fileBytes,
    long writeAheadBytes,
    long calmBytesPerSecond) {

  private static final long MIB = 1L << 20;
  private static final long LEAST_BYTES = 64 << 10;
  private static final double MOST_LEFT_OUT = 0.25;

  /** At most about 80 MiB of memory. */
  public static final SharedLogOptions DEFAULT =
      new SharedLogOptions(24 * MIB, 3, 8 * MIB, 32 * MIB, 96 * MIB, 16 * MIB);

  public SharedLogOptions {
    if (writeBufferBytes < LEAST_BYTES
        || writeBuffers < 2
        || blockCacheBytes < 1
        || fileBytes < LEAST_BYTES
        || writeAheadBytes < writeBufferBytes
        || calmBytesPerSecond < 1) {
      throw new IllegalArgumentException(
          "expected write buffers and files of at least 64 KiB, at least 2 write buffers, room for"
              + " one of them in the write-ahead files, and a rate of at least 1 byte per second");
    }
  }

  /**
   * The same for one node among several, whose logs take the same entries: lest all of them flush
   * at the same moment, its write buffers are smaller by up to a quarter, at random.
   */
  public SharedLogOptions atOwnMoments(RandomGenerator random) {
    long smaller = (long) (writeBufferBytes * (1 - random.nextDouble() * MOST_LEFT_OUT));
    return new SharedLogOptions(
        Math.max(LEAST_BYTES, smaller),
        writeBuffers,
        blockCacheBytes,
        fileBytes,
        writeAheadBytes,
        calmBytesPerSecond);
  }
}
