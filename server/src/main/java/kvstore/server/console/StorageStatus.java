package kvstore.server.console;

/**
 * Memory and disk of this node's stores, in bytes; 0 where unknown.
 *
 * @param blockCacheBytes held by the block cache
 * @param writeBufferBytes held by write buffers
 * @param tableReaderBytes held by indexes and filters outside the block cache
 * @param diskBytes sorted files on disk
 * @param logBytes the replication log on disk
 */
public record StorageStatus(
    long blockCacheBytes,
    long writeBufferBytes,
    long tableReaderBytes,
    long diskBytes,
    long logBytes) {}
