package kvstore.server.shard;

/**
 * Bounds of batching.
 *
 * @param entriesInFlight entries proposed and not yet applied, at most
 * @param commandsPerEntry commands in an entry, at most; below 65,536
 * @param bytesPerEntry argument bytes in an entry, at most, unless one command alone is larger
 * @param queuedBytes argument bytes waiting, at most; what comes on top is refused
 */
public record BatchLimits(
    int entriesInFlight, int commandsPerEntry, int bytesPerEntry, long queuedBytes) {

  public static final BatchLimits DEFAULT = new BatchLimits(2, 4_096, 1 << 20, 64L << 20);
}
