package kvstore.engine.keyspace;

import java.util.concurrent.locks.ReentrantLock;
import kvstore.engine.command.Value;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;
import org.jspecify.annotations.Nullable;

/**
 * One keyspace's records in a {@link RecordCache}: always as the storage holds them, or as it held
 * them before the write that is under way.
 *
 * <p>Why nobody reads an old value after a commit has ended: the writer first makes the version
 * odd, then writes to the storage, then puts every changed record here, then makes the version
 * even. A reader that comes from the storage leaves its value here only if the version was even
 * before it read and is the same now, under the lock under which the writer puts: so no write has
 * begun since before it read, and the next one replaces what it left.
 *
 * <p>Any thread reads; the write session's thread writes.
 */
final class CachedRecords {

  private final RecordCache cache;

  /** Odd while a write is under way. Changed by the writer alone. */
  private volatile long version;

  /** Entries of other owners are none of ours: to forget all, it changes. */
  private volatile Object owner = new Object();

  CachedRecords(RecordCache cache) {
    this.cache = cache;
  }

  /**
   * The value of a key, past its time or not.
   *
   * @param recordKey the key as stored
   */
  @Nullable Value get(PendingKey.Name name, byte[] recordKey, StorageReader storage, ReadTier tier)
      throws StorageException {
    Value cached = cache.get(owner, name);
    if (cached != null) {
      return cached;
    }
    long before = version;
    byte[] stored = storage.get(ColumnFamily.RECORDS, recordKey, tier);
    if (stored == null) {
      return null;
    }
    Value value = RecordCodec.decode(stored);
    ReentrantLock lock = cache.lock();
    if ((before & 1) == 0 && lock.tryLock()) { // a cache is not worth waiting for
      try {
        if (version == before) {
          cache.put(owner, name, value);
        }
      } finally {
        lock.unlock();
      }
    }
    return value;
  }

  /** Before the storage is written to. */
  void beginWrite() {
    version++; // by one thread alone
  }

  /**
   * After it was, or may have been.
   *
   * @param changes what was changed; null to forget everything
   */
  void endWrite(@Nullable SessionKeys changes) {
    ReentrantLock lock = cache.lock();
    lock.lock();
    try {
      if (changes == null) {
        owner = new Object();
      } else {
        changes.publish(this);
      }
      version++;
    } finally {
      lock.unlock();
    }
  }

  /** For {@link #endWrite}. */
  void changed(PendingKey.Name name, @Nullable Value value) {
    if (value == null) {
      cache.remove(owner, name);
    } else {
      cache.put(owner, name, value);
    }
  }
}
