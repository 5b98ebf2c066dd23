package kvstore.engine.keyspace;

import java.util.Arrays;
import java.util.Comparator;
import kvstore.engine.command.Value;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** A key in a session: what the storage holds, and what it is to hold. */
final class PendingKey {

  /** A user's key in a hash map. */
  static final class Name implements Comparable<Name> {
    private final byte[] key;
    private final int hash;

    Name(byte[] key) {
      this.key = key;
      this.hash = Arrays.hashCode(key);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Name name && hash == name.hash && Arrays.equals(key, name.key);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    byte[] key() {
      return key;
    }

    int length() {
      return key.length;
    }

    /** Keeps a hash map fast for keys chosen to collide. */
    @Override
    public int compareTo(Name other) {
      return Arrays.compareUnsigned(key, other.key);
    }
  }

  private static final byte[] NOTHING = {};

  static final Comparator<PendingKey> BY_RECORD_KEY =
      (one, other) -> Arrays.compareUnsigned(one.recordKey, other.recordKey);

  private static final Value UNREAD = new Value(Value.STRING, Value.NEVER, 0, NOTHING, 0);

  private final byte[] recordKey;
  private final boolean stored;
  private final long storedExpireAtMs;
  private @Nullable Value value;
  private boolean changed;
  private long changedByEntry;

  /**
   * @param stored what the storage holds, past its time or not
   */
  PendingKey(byte[] recordKey, @Nullable Value stored) {
    this.recordKey = recordKey;
    this.stored = stored != null;
    this.storedExpireAtMs = stored == null ? Value.NEVER : stored.expireAtMs();
    this.value = stored;
  }

  /** Of a key that is stored without a time of expiry, and about to be replaced. */
  static PendingKey lasting(byte[] recordKey) {
    return new PendingKey(recordKey, UNREAD);
  }

  /** Whether the storage holds it, without a time of expiry. */
  boolean storedLasting() {
    return stored && storedExpireAtMs == Value.NEVER;
  }

  byte[] recordKey() {
    return recordKey;
  }

  /** What the key holds now, past its time or not. */
  @Nullable Value value() {
    return value;
  }

  /** How many more records there will be for it: 1, 0 or -1. */
  int added() {
    return changed ? (value == null ? 0 : 1) - (stored ? 1 : 0) : 0;
  }

  boolean changed() {
    return changed;
  }

  /** Bytes that the entry has put here so far. */
  int bytesOf(long entry) {
    return changed && changedByEntry == entry && value != null ? value.length() : 0;
  }

  int changedBytes() {
    return changed && value != null ? value.length() : 0;
  }

  void change(@Nullable Value newValue, long entry) {
    value = newValue;
    changed = true;
    changedByEntry = entry;
  }

  void writeTo(StorageBatch batch) throws StorageException {
    Value current = value;
    boolean indexStays = current != null && current.expireAtMs() == storedExpireAtMs;
    if (stored && storedExpireAtMs != Value.NEVER && !indexStays) {
      batch.delete(ColumnFamily.EXPIRY, StorageKeys.expiry(storedExpireAtMs, recordKey));
    }
    if (current == null) {
      if (stored) {
        batch.delete(ColumnFamily.RECORDS, recordKey);
      }
      return;
    }
    batch.put(ColumnFamily.RECORDS, recordKey, RecordCodec.encode(current));
    if (current.expires() && !indexStays) {
      batch.put(ColumnFamily.EXPIRY, StorageKeys.expiry(current.expireAtMs(), recordKey), NOTHING);
    }
  }
}
