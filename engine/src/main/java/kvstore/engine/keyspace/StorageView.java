package kvstore.engine.keyspace;

import java.util.random.RandomGenerator;
import kvstore.engine.command.KeyView;
import kvstore.engine.command.KeyVisitor;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.SlotRange;
import kvstore.engine.command.Value;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;
import kvstore.engine.storage.WouldBlockException;
import org.jspecify.annotations.Nullable;

/** Committed keys as one reading command sees them. */
final class StorageView implements KeyView {
  private final Keyspace keyspace;
  private final StorageReader storage;
  private final @Nullable CachedRecords records;
  private final SlotRange range;
  private final ReadTier tier;
  private final long nowMs;

  /**
   * @param records in front of {@code storage}; null if that is a snapshot
   * @param range slots that the storage holds, or held a moment ago
   */
  StorageView(
      Keyspace keyspace,
      StorageReader storage,
      @Nullable CachedRecords records,
      SlotRange range,
      ReadTier tier,
      long nowMs) {
    this.keyspace = keyspace;
    this.storage = storage;
    this.records = records;
    this.range = range;
    this.tier = tier;
    this.nowMs = nowMs;
  }

  @Override
  public long nowMs() {
    return nowMs;
  }

  @Override
  public @Nullable Value get(byte[] key) throws StorageException {
    Value value = stored(key);
    return value == null || value.expiredAt(nowMs) ? null : value;
  }

  private @Nullable Value stored(byte[] key) throws StorageException {
    if (records != null) {
      return records.get(new PendingKey.Name(key), keyspace.recordKey(key), storage, tier);
    }
    byte[] found = storage.get(ColumnFamily.RECORDS, keyspace.recordKey(key), tier);
    return found == null ? null : RecordCodec.decode(found);
  }

  @Override
  public SlotRange range() {
    return range;
  }

  @Override
  public boolean holds(byte[] key) {
    return range.holds(keyspace.slotOf(key));
  }

  @Override
  public long count() throws StorageException {
    KeyspaceState state = KeyspaceState.read(storage, tier);
    if (state.counted()) {
      return state.keys();
    }
    if (tier == ReadTier.MEMORY) {
      throw WouldBlockException.instance(); // to count is long
    }
    return KeyCount.of(storage, range).keys();
  }

  @Override
  public void visit(int fromSlot, int toSlot, KeyVisitor visitor) throws StorageException {
    visit(StorageKeys.startOf(fromSlot), StorageKeys.startOf(toSlot + 1), visitor);
  }

  @Override
  public void visitFrom(int slot, byte[] fromKey, KeyVisitor visitor) throws StorageException {
    visit(StorageKeys.record(slot, fromKey), StorageKeys.startOf(slot + 1), visitor);
  }

  private void visit(byte[] from, byte[] to, KeyVisitor visitor) throws StorageException {
    storage.visit(
        ColumnFamily.RECORDS,
        from,
        to,
        tier,
        (key, head, length) -> show(key, head, length, nowMs, visitor));
  }

  /** Shows one record unless it is past its time. */
  static boolean show(byte[] key, byte[] head, int length, long nowMs, KeyVisitor visitor)
      throws StorageException {
    long expireAt = RecordCodec.expireAt(head, length);
    if (expireAt != Value.NEVER && nowMs > expireAt) {
      return true;
    }
    return visitor.visit(StorageKeys.slotOf(key), StorageKeys.userKey(key), head[0]);
  }

  @Override
  public RandomGenerator random() {
    return keyspace.newRandom();
  }

  @Override
  public KeyspaceLimits limits() {
    return keyspace.limits();
  }
}
