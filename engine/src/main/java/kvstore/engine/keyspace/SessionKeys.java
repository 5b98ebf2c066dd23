package kvstore.engine.keyspace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import kvstore.engine.command.KeyEditor;
import kvstore.engine.command.KeyVisitor;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.Refusal;
import kvstore.engine.command.SlotRange;
import kvstore.engine.command.Value;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;
import org.jspecify.annotations.Nullable;

/** The keys of a {@link WriteSession}: its changes laid over the storage. */
final class SessionKeys implements KeyEditor {
  /** Values longer than this are read again rather than held until the commit. */
  private static final int MAX_HELD_BYTES = 16 << 10;

  private static final byte[] AFTER_ALL = {(byte) 0xFF};

  private final Keyspace keyspace;
  private final StorageReader storage;
  private final Map<PendingKey.Name, PendingKey> pending = new HashMap<>();
  private final List<byte[]> forgotten = new ArrayList<>();
  private SlotRange range;
  private long uncountedSince;
  private boolean cleared;
  private long keys;
  private long expiring;
  private long pendingBytes;
  private long entry;
  private long entryBytes;
  private boolean writing;
  private long version;
  private long nowMs;

  SessionKeys(Keyspace keyspace, StorageReader storage, KeyspaceState state) {
    this.keyspace = keyspace;
    this.storage = storage;
    this.keys = state.keys();
    this.expiring = state.expiring();
    this.range = state.range();
    this.uncountedSince = state.uncountedSince();
  }

  void beginEntry(long index) {
    entry = index;
    entryBytes = 0;
  }

  void beginCommand(boolean mayWrite, long newVersion, long timeMs) {
    writing = mayWrite;
    version = newVersion;
    nowMs = timeMs;
  }

  @Override
  public long nowMs() {
    return nowMs;
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
  public @Nullable Value get(byte[] key) throws StorageException {
    Value value = find(key, new PendingKey.Name(key)).value();
    return value == null || value.expiredAt(nowMs) ? null : value;
  }

  private PendingKey find(byte[] key, PendingKey.Name name) throws StorageException {
    PendingKey known = pending.get(name);
    if (known != null) {
      return known;
    }
    PendingKey loaded = load(key, name);
    Value value = loaded.value();
    if (writing && (value == null || value.length() <= MAX_HELD_BYTES)) {
      pending.put(name, loaded);
    }
    return loaded;
  }

  private PendingKey load(byte[] key, PendingKey.Name name) throws StorageException {
    byte[] recordKey = keyspace.recordKey(key);
    return new PendingKey(
        recordKey,
        cleared ? null : keyspace.records().get(name, recordKey, storage, ReadTier.DISK));
  }

  /** To be replaced at once: its value need not have been read. */
  private PendingKey findToReplace(byte[] key, PendingKey.Name name) throws StorageException {
    PendingKey known = pending.get(name);
    if (known != null) {
      return known;
    }
    return !cleared && keyspace.records().knowsLasting(key)
        ? PendingKey.lasting(keyspace.recordKey(key))
        : find(key, name);
  }

  @Override
  public void put(byte[] key, byte[] payload, long expireAtMs) throws StorageException {
    put(key, new Value(Value.STRING, expireAtMs, version, payload, 0));
  }

  @Override
  public void put(byte[] key, Value value, long expireAtMs) throws StorageException {
    put(key, new Value(value.type(), expireAtMs, version, value.data(), value.offset()));
  }

  private void put(byte[] key, Value value) throws StorageException {
    checkKey(key);
    if (value.length() > limits().maxValueBytes()) {
      throw tooLong();
    }
    PendingKey.Name name = new PendingKey.Name(key);
    PendingKey target = findToReplace(key, name);
    checkEntry((long) value.length() - target.bytesOf(entry));
    change(name, target, value);
  }

  @Override
  public void checkPuts(byte[][] keysAndValues) {
    long added = 0;
    for (int i = 0; i < keysAndValues.length; i += 2) {
      checkKey(keysAndValues[i]);
      if (keysAndValues[i + 1].length > limits().maxValueBytes()) {
        throw tooLong();
      }
      added += keysAndValues[i + 1].length;
    }
    checkEntry(added);
  }

  private void checkKey(byte[] key) {
    if (key.length > limits().maxKeyBytes()) {
      throw new Refusal(
          "ERR key is too long: expected at most "
              + limits().maxKeyBytes()
              + " bytes, but got "
              + key.length);
    }
  }

  private static Refusal tooLong() {
    return new Refusal("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }

  private void checkEntry(long added) {
    if (entryBytes + added > limits().maxEntryBytes()) {
      throw new Refusal(
          "TRYAGAIN commands applied together would hold more than "
              + limits().maxEntryBytes()
              + " bytes of new values; try again");
    }
  }

  private void change(PendingKey.Name name, PendingKey target, @Nullable Value value) {
    Value old = target.value();
    keys += (value == null ? 0 : 1) - (old == null ? 0 : 1);
    expiring += (value != null && value.expires() ? 1 : 0) - (old != null && old.expires() ? 1 : 0);
    entryBytes -= target.bytesOf(entry);
    pendingBytes -= target.changedBytes();
    target.change(value, entry);
    entryBytes += target.bytesOf(entry);
    pendingBytes += target.changedBytes();
    pending.put(name, target);
  }

  @Override
  public boolean remove(byte[] key) throws StorageException {
    PendingKey.Name name = new PendingKey.Name(key);
    PendingKey target = findToReplace(key, name);
    Value value = target.value();
    if (value == null || value.expiredAt(nowMs)) {
      return false;
    }
    change(name, target, null);
    return true;
  }

  @Override
  public boolean purge(byte[] key) throws StorageException {
    PendingKey.Name name = new PendingKey.Name(key);
    PendingKey target = find(key, name);
    Value value = target.value();
    if (value == null || !value.expiredAt(nowMs)) {
      return false;
    }
    change(name, target, null);
    return true;
  }

  @Override
  public void clear() {
    pending.clear();
    cleared = true;
    keys = 0;
    expiring = 0;
    uncountedSince = 0;
    pendingBytes = 0;
    entryBytes = 0;
  }

  @Override
  public boolean recounted(long basis, long moreKeys, long moreExpiring) {
    if (uncountedSince == 0 || basis != uncountedSince) {
      return false;
    }
    keys += moreKeys;
    expiring += moreExpiring;
    uncountedSince = 0;
    return true;
  }

  @Override
  public void forgetTime(byte[] indexKey) {
    if (indexKey.length >= StorageKeys.TIME_BYTES + StorageKeys.SLOT_BYTES
        && !range.holds(StorageKeys.slotOfExpiry(indexKey))) {
      forgotten.add(indexKey);
    }
  }

  /**
   * Keeps only some of the slots, as from log index {@code basis}; nothing may be pending. The
   * numbers of keys become estimates: the slots' share, which is the same on every replica.
   */
  void narrow(SlotRange narrower, long basis) {
    if (cleared
        || !forgotten.isEmpty()
        || pending.values().stream().anyMatch(PendingKey::changed)) {
      throw new IllegalStateException("expected a session without changes; commit them first");
    }
    keys = keys * narrower.size() / range.size();
    expiring = expiring * narrower.size() / range.size();
    uncountedSince = basis;
    range = narrower;
    reset();
  }

  @Override
  public long count() throws StorageException {
    if (uncountedSince == 0) {
      return keys;
    }
    long count = KeyCount.of(storage, range).keys();
    for (PendingKey key : pending.values()) {
      count += key.added();
    }
    return count;
  }

  /** What this session makes of the keyspace's state. */
  KeyspaceState state(long index, long term, long leaderTimeMs) {
    return new KeyspaceState(index, term, keys, expiring, leaderTimeMs, range, uncountedSince);
  }

  /** The number of keys as the state has it: exact, or an estimate. */
  long keyCount() {
    return Math.max(0, keys);
  }

  long pendingBytes() {
    return pendingBytes;
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
    MergedVisit merged = new MergedVisit(changesBetween(from, to), nowMs, visitor);
    if (!cleared) {
      storage.visit(ColumnFamily.RECORDS, from, to, ReadTier.DISK, merged);
    }
    merged.finish();
  }

  private NavigableMap<byte[], PendingKey> changesBetween(byte[] from, byte[] to) {
    NavigableMap<byte[], PendingKey> changes = new TreeMap<>(Arrays::compareUnsigned);
    for (PendingKey key : pending.values()) {
      if (key.changed()
          && Arrays.compareUnsigned(key.recordKey(), from) >= 0
          && Arrays.compareUnsigned(key.recordKey(), to) < 0) {
        changes.put(key.recordKey(), key);
      }
    }
    return changes;
  }

  @Override
  public RandomGenerator random() {
    return WriteSession.randomFor(version, nowMs);
  }

  @Override
  public KeyspaceLimits limits() {
    return keyspace.limits();
  }

  void writeTo(StorageBatch batch) throws StorageException {
    if (cleared) {
      batch.deleteRange(ColumnFamily.RECORDS, StorageKeys.FIRST, AFTER_ALL);
      batch.deleteRange(ColumnFamily.EXPIRY, StorageKeys.FIRST, AFTER_ALL);
    }
    for (byte[] indexKey : forgotten) {
      batch.delete(ColumnFamily.EXPIRY, indexKey);
    }
    for (PendingKey key : changedInOrder()) {
      key.writeTo(batch);
    }
  }

  /** In the order of the storage, where each finds its place near the one before it. */
  private List<PendingKey> changedInOrder() {
    List<PendingKey> changed = new ArrayList<>(pending.size());
    for (PendingKey key : pending.values()) {
      if (key.changed()) {
        changed.add(key);
      }
    }
    changed.sort(PendingKey.BY_RECORD_KEY);
    return changed;
  }

  /**
   * Whether the key may be among what is changed. Any thread may ask while the session writes; who
   * asks later has the wrong answer, or the right one.
   */
  boolean mayChange(PendingKey.Name name) {
    return pending.containsKey(name);
  }

  /** What was changed, for the cache, unless it must forget everything. */
  void publish(CachedRecords records) {
    for (Map.Entry<PendingKey.Name, PendingKey> entry : pending.entrySet()) {
      PendingKey key = entry.getValue();
      if (key.changed()) {
        records.changed(entry.getKey(), key.value(), key.storedLasting());
      }
    }
  }

  boolean cleared() {
    return cleared;
  }

  /** After a commit: the storage now holds all changes. */
  void reset() {
    pending.clear();
    forgotten.clear();
    cleared = false;
    pendingBytes = 0;
    entryBytes = 0;
  }
}
