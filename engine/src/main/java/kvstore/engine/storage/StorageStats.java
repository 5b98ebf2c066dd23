package kvstore.engine.storage;

/**
 * Numbers of one storage, in bytes unless said otherwise; 0 where a storage has no such thing.
 *
 * @param memtableBytes writes not yet in files, pinned ones included
 * @param blockCacheBytes held by the block cache, which storages of a node share
 * @param blockCachePinnedBytes the part of it that cannot be evicted now
 * @param tableReaderBytes indexes and filters outside the block cache
 * @param fileBytes files of the current state
 * @param totalFileBytes the same with files that snapshots still hold
 * @param pendingCompactionBytes estimate of what compactions have yet to rewrite
 * @param levelZeroFiles number of files not yet sorted into levels
 * @param runningFlushes number of flushes
 * @param runningCompactions number of compactions
 * @param backgroundErrors number of failed flushes and compactions since start
 * @param writesStopped whether writes wait for flushes or compactions
 */
public record StorageStats(
    long memtableBytes,
    long blockCacheBytes,
    long blockCachePinnedBytes,
    long tableReaderBytes,
    long fileBytes,
    long totalFileBytes,
    long pendingCompactionBytes,
    long levelZeroFiles,
    long runningFlushes,
    long runningCompactions,
    long backgroundErrors,
    boolean writesStopped) {}
