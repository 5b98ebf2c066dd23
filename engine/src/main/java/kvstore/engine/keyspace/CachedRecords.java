package kvstore.engine.keyspace;

import java.util.concurrent.locks.ReentrantLock;
import kvstore.engine.command.Value;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;
import org.jspecify.annotations.Nullable;

/**
 * One keyspace's records in a {@link RecordCache}, as the storage holds them. Of what a write under
 * way changes, the storage alone tells: all of it is there or none, whereas it comes here key by
 * key, and who has seen one part of it must not find another part missing.
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

  /** What the write under way changes; null if there is none, or it is not known by its keys. */
  private volatile @Nullable SessionKeys writing;

  /** Entries of other owners are none of ours: to forget all, it changes. */
  private volatile long owner;

  /** Of the writer. The owner, as it were, of {@link LastingKeys}: to forget all, it changes. */
  private SipHash hash = SipHash.withNewSecret();

  CachedRecords(RecordCache cache) {
    this.cache = cache;
    this.owner = cache.newOwner();
  }

  /**
   * The value of a key, past its time or not.
   *
   * @param recordKey the key as stored
   */
  @Nullable Value get(PendingKey.Name name, byte[] recordKey, StorageReader storage, ReadTier tier)
      throws StorageException {
    // In this order: what is no more under way by then is in the cache by then.
    SessionKeys changing = writing;
    boolean doubtful = changing != null && changing.mayChange(name);
    long mine = owner; // before the version, so that what is forgotten meanwhile stays so
    Value cached = doubtful ? null : cache.get(mine, name);
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
          cache.put(mine, name, value);
        }
      } finally {
        lock.unlock();
      }
    }
    return value;
  }

  /**
   * Whether the storage holds the key without a time of expiry, as of the last commit; false also
   * if that is not known. For the writer, while no write is under way.
   */
  boolean knowsLasting(byte[] key) {
    hash.hash(key);
    return cache.lastingKeys().has(hash);
  }

  /**
   * Before the storage is written to.
   *
   * @param changes what is changed; null if that is more than its keys, to forget everything
   */
  void beginWrite(@Nullable SessionKeys changes) {
    version++; // by one thread alone
    writing = changes;
    if (changes == null) {
      forget();
    }
  }

  private void forget() {
    owner = cache.newOwner();
    hash = SipHash.withNewSecret();
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
        forget();
      } else {
        changes.publish(this);
      }
      version++;
    } finally {
      lock.unlock();
    }
    writing = null;
  }

  /**
   * For {@link #endWrite}.
   *
   * @param lasting whether the key was stored without a time of expiry before
   */
  void changed(PendingKey.Name name, @Nullable Value value, boolean lasting) {
    if (value == null) {
      cache.remove(owner, name);
    } else {
      cache.replace(owner, name, value);
    }
    boolean lastingNow = value != null && !value.expires();
    if (lasting || lastingNow) {
      hash.hash(name.key());
      if (lastingNow) {
        cache.lastingKeys().add(hash);
      } else {
        cache.lastingKeys().remove(hash);
      }
    }
  }
}
