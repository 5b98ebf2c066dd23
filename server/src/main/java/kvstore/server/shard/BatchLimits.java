package kvstore.server.shard;

/**
 * Bounds of batching.
 *
 * @param entriesInFlight entries proposed and not yet applied, at most
 * @param commandsPerEntry commands in an entry, at most; below 65,536
 * @param bytesPerEntry argument bytes in an entry, at most, unless one command alone is larger
 * @param neverRefused commands taken and not applied yet, up to which nothing is refused because it
 *     would wait too long: as many as fit into one entry, so that those of usual clients at their
 *     deepest always have room
 * @param worthBytes from which on an entry leaves while another is in flight and waits for nobody:
 *     what it costs by itself is little beside them. {@value #COMMAND_BYTES} of each command and
 *     its arguments count
 */
public record BatchLimits(
    int entriesInFlight,
    int commandsPerEntry,
    int bytesPerEntry,
    int neverRefused,
    int worthBytes) {

  /** What a command costs beside its bytes, in bytes: about as much as so many of them. */
  private static final int COMMAND_BYTES = 512;

  public static final BatchLimits DEFAULT = new BatchLimits(2, 4_096, 1 << 20, 4_096, 64 << 10);

  boolean isWorth(int commands, long bytes) {
    return commands * (long) COMMAND_BYTES + bytes >= worthBytes;
  }
}
