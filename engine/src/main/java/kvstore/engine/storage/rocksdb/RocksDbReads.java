package kvstore.engine.storage.rocksdb;

import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.RecordVisitor;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.WouldBlockException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Holder;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** Reads of the database or of a snapshot; the gate must have been entered. */
final class RocksDbReads {
  private RocksDbReads() {}

  static byte @Nullable [] get(
      RocksDbHandle handle,
      RocksDbHandle.TierOptions options,
      ColumnFamily family,
      byte[] key,
      ReadTier tier)
      throws StorageException {
    ReadOptions ofTier = options.of(tier);
    return tier == ReadTier.MEMORY
        ? getIfInMemory(handle, ofTier, family, key)
        : get(handle, ofTier, family, key);
  }

  private static byte @Nullable [] get(
      RocksDbHandle handle, ReadOptions options, ColumnFamily family, byte[] key)
      throws StorageException {
    try {
      return handle.database().get(handle.family(family), options, key);
    } catch (RocksDBException e) {
      throw failure(handle, e);
    }
  }

  /** Without the exception with which RocksDB says that it would have to read. */
  private static byte @Nullable [] getIfInMemory(
      RocksDbHandle handle, ReadOptions memory, ColumnFamily family, byte[] key)
      throws StorageException {
    Holder<byte[]> found = new Holder<>();
    if (handle.database().keyMayExist(handle.family(family), memory, key, found)) {
      byte[] value = found.getValue();
      if (value == null) {
        throw WouldBlockException.instance();
      }
      if (value.length > 0) {
        return value;
      }
    }
    // RocksDB says the same of what is not there and what is damaged, and shows something empty
    // where the index of a table is not in memory.
    return get(handle, memory, family, key);
  }

  static void visit(
      RocksDbHandle handle,
      ReadOptions base,
      ColumnFamily family,
      byte[] from,
      byte[] to,
      ReadTier tier,
      RecordVisitor visitor)
      throws StorageException {
    try (Slice end = new Slice(to);
        ReadOptions options =
            new ReadOptions(base)
                .setIterateUpperBound(end)
                // A scan must not push out what other reads need.
                .setFillCache(tier == ReadTier.MEMORY);
        RocksIterator iterator = handle.database().newIterator(handle.family(family), options)) {
      byte[] head = new byte[RecordVisitor.HEAD_BYTES];
      for (iterator.seek(from); iterator.isValid(); iterator.next()) {
        int length = Math.min(iterator.value(head), head.length);
        if (!visitor.visit(iterator.key(), head, length)) {
          return;
        }
      }
      iterator.status();
    } catch (RocksDBException e) {
      throw failure(handle, e);
    }
  }

  private static StorageException failure(RocksDbHandle handle, RocksDBException e) {
    return Failures.isIncomplete(e)
        ? WouldBlockException.instance()
        : Failures.of("read " + handle.name(), e);
  }
}
