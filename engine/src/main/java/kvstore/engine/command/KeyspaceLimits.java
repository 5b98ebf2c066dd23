package kvstore.engine.command;

/**
 * Bounds on what commands may hold. Results of writes depend on them, so they must be the same on
 * every replica of a cluster.
 *
 * @param maxKeyBytes length of a key, at most 65,535
 * @param maxValueBytes length of a value
 * @param maxReplyBytes what one command may answer
 * @param maxEntryBytes new values of one log entry: some short commands make long values
 */
public record KeyspaceLimits(
    int maxKeyBytes, int maxValueBytes, long maxReplyBytes, long maxEntryBytes) {

  public static final KeyspaceLimits DEFAULT =
      new KeyspaceLimits(65_535, 64 << 20, 128L << 20, 128L << 20);

  public KeyspaceLimits {
    if (maxKeyBytes < 1 || maxKeyBytes > 65_535) {
      throw new IllegalArgumentException(
          "expected maxKeyBytes from 1 to 65535, but got " + maxKeyBytes);
    }
    if (maxValueBytes < 1 || maxEntryBytes < maxValueBytes || maxReplyBytes < maxValueBytes) {
      throw new IllegalArgumentException(
          "expected maxEntryBytes and maxReplyBytes to be at least maxValueBytes, but got "
              + maxEntryBytes
              + ", "
              + maxReplyBytes
              + " and "
              + maxValueBytes);
    }
  }
}
