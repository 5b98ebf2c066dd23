package kvstore.engine.storage.rocksdb;

import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.StorageStats;
import org.rocksdb.RocksDBException;

/** Reads the numbers of a database; the gate must have been entered. */
final class RocksDbStats {
  private RocksDbStats() {}

  static StorageStats read(RocksDbHandle handle, RocksDbResources resources) {
    return new StorageStats(
        sum(handle, "rocksdb.size-all-mem-tables"),
        resources.cache().getUsage(),
        resources.cache().getPinnedUsage(),
        sum(handle, "rocksdb.estimate-table-readers-mem"),
        sum(handle, "rocksdb.live-sst-files-size"),
        sum(handle, "rocksdb.total-sst-files-size"),
        sum(handle, "rocksdb.estimate-pending-compaction-bytes"),
        levelZeroFiles(handle),
        one(handle, "rocksdb.num-running-flushes"),
        one(handle, "rocksdb.num-running-compactions"),
        sum(handle, "rocksdb.background-errors"),
        one(handle, "rocksdb.is-write-stopped") != 0);
  }

  private static long sum(RocksDbHandle handle, String property) {
    try {
      return handle.database().getAggregatedLongProperty(property);
    } catch (RocksDBException e) {
      return 0;
    }
  }

  private static long one(RocksDbHandle handle, String property) {
    try {
      return handle.database().getLongProperty(property);
    } catch (RocksDBException e) {
      return 0;
    }
  }

  private static long levelZeroFiles(RocksDbHandle handle) {
    try {
      String files =
          handle
              .database()
              .getProperty(handle.family(ColumnFamily.RECORDS), "rocksdb.num-files-at-level0");
      return Long.parseLong(files);
    } catch (RocksDBException | NumberFormatException e) {
      return 0;
    }
  }
}
