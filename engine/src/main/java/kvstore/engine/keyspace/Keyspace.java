package kvstore.engine.keyspace;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import kvstore.engine.command.Command;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageSnapshot;
import kvstore.engine.storage.WouldBlockException;
import org.jspecify.annotations.Nullable;

/**
 * Keys, values, times of expiry and versions of one shard, over a storage that it owns.
 *
 * <p>Any thread may call, save where a method says otherwise. Changes are made by one {@link
 * WriteSession} at a time and become visible to readers when it commits.
 */
public final class Keyspace implements KeyspaceReader, AutoCloseable {
  /** Bytes of keys in one sweep, about: it becomes part of a log entry. */
  private static final int MAX_SWEEP_BYTES = 256 << 10;

  private final Storage storage;
  private final SlotFunction slots;
  private final KeyspaceLimits limits;
  private final RandomGenerator random;
  private final StorageBatch batch;
  private final CachedRecords records;
  private volatile KeyspaceState state;

  /** Changed before the storage is, so that no reader takes a key that has gone for none. */
  private volatile SlotRange range;

  private @Nullable WriteSession session;

  private Keyspace(
      Storage storage,
      SlotFunction slots,
      KeyspaceLimits limits,
      RandomGenerator random,
      RecordCache cache,
      KeyspaceState state)
      throws StorageException {
    this.storage = storage;
    this.slots = slots;
    this.limits = limits;
    this.random = random;
    this.state = state;
    this.range = state.range();
    this.batch = storage.newBatch();
    this.records = new CachedRecords(cache);
  }

  /** Opens with default limits; RANDOMKEY chooses the same keys after each start. */
  public static Keyspace open(Storage storage, SlotFunction slots) throws StorageException {
    return open(storage, slots, KeyspaceLimits.DEFAULT, new SplittableRandom(0));
  }

  /**
   * @param storage closed by {@link #close}, but not if this method fails
   * @param limits the same on every replica
   * @param random chooses for RANDOMKEY
   * @throws StorageException of kind NEWER_FORMAT if a newer version wrote it
   */
  public static Keyspace open(
      Storage storage, SlotFunction slots, KeyspaceLimits limits, RandomGenerator random)
      throws StorageException {
    return open(storage, slots, limits, random, new RecordCache(0));
  }

  /**
   * @param cache for recent values, shared with other keyspaces; the other overloads have none
   */
  public static Keyspace open(
      Storage storage,
      SlotFunction slots,
      KeyspaceLimits limits,
      RandomGenerator random,
      RecordCache cache)
      throws StorageException {
    KeyspaceState state = KeyspaceState.read(storage, ReadTier.DISK);
    return new Keyspace(storage, slots, limits, random, cache, state);
  }

  /** Log index of the last entry applied; 0 if none. */
  public long appliedIndex() {
    return state.appliedIndex();
  }

  /** Term of the entry at {@link #appliedIndex}. */
  public long appliedTerm() {
    return state.appliedTerm();
  }

  /** Greatest leader time applied, ms since the epoch; 0 if none. */
  public long leaderTimeMs() {
    return state.leaderTimeMs();
  }

  /**
   * Number of keys, those past their time and not yet swept included. From a split until the next
   * {@link #recount} it is an estimate.
   */
  public long keyCount() {
    return Math.max(0, state.keys());
  }

  /** The slots whose keys are here, by what was applied. */
  public SlotRange range() {
    return range;
  }

  /** Whether {@link #keyCount} is exact. */
  public boolean counted() {
    return state.counted();
  }

  /**
   * Begins to change the keyspace; the calling thread becomes the session's owner.
   *
   * @throws IllegalStateException if another session is open
   */
  public synchronized WriteSession begin() {
    if (session != null) {
      throw new IllegalStateException("expected no write session, but one is open; close it first");
    }
    batch.clear();
    WriteSession begun = new WriteSession(this, storage, batch, state);
    session = begun;
    return begun;
  }

  synchronized void ended(WriteSession ended) {
    if (session == ended) {
      session = null;
    }
  }

  void committed(KeyspaceState newState) {
    state = newState;
    range = newState.range();
  }

  /** The storage is about to lose the keys of other slots. */
  void narrowing(SlotRange narrower) {
    range = narrower;
  }

  @Override
  public @Nullable Outcome read(Command command, long nowMs, ReadTier tier)
      throws StorageException {
    Operation operation = command.operation();
    if (tier == ReadTier.MEMORY && operation.takesLong()) {
      return null;
    }
    if (operation.readsSeveral() && command.arguments().length > 1 || operation.takesLong()) {
      try (KeyspaceSnapshot snapshot = snapshot()) {
        return snapshot.read(command, nowMs, tier);
      }
    }
    try {
      while (true) {
        SlotRange before = range;
        Outcome outcome =
            command.readFrom(new StorageView(this, storage, records, before, tier, nowMs));
        if (range == before) {
          return outcome;
        }
      }
    } catch (WouldBlockException e) {
      return null;
    }
  }

  /** The keyspace as of now. Holds disk space until closed. */
  public KeyspaceSnapshot snapshot() throws StorageException {
    while (true) {
      SlotRange before = range;
      StorageSnapshot taken = storage.snapshot();
      if (range == before) {
        return new KeyspaceSnapshot(this, taken, before);
      }
      taken.close();
    }
  }

  /**
   * Writes a durable copy as of {@link #appliedIndex}, if no session commits meanwhile.
   *
   * @param directory empty or not there
   */
  public void checkpoint(Path directory) throws StorageException {
    storage.checkpoint(directory);
  }

  /** Makes all that was applied durable, so that the log before it is not needed any more. */
  public void flush() throws StorageException {
    storage.flush();
  }

  /**
   * Looks for keys past their time, and for what the index of times still holds of keys that went
   * to another shard. May read from disk.
   *
   * @param limit most keys at once
   * @return the command for the leader to propose, or null if there is nothing to free
   */
  public @Nullable Command expirySweep(long nowMs, int limit) throws StorageException {
    KeyspaceState current = state;
    SlotRange held = current.range();
    if (current.expiring() == 0 && current.counted() && held.isAll()) {
      return null;
    }
    List<byte[]> keys = new ArrayList<>();
    List<byte[]> foreign = new ArrayList<>();
    long[] bytes = {0};
    storage.visit(
        ColumnFamily.EXPIRY,
        StorageKeys.FIRST,
        StorageKeys.expiryBefore(nowMs),
        ReadTier.DISK,
        (key, head, length) -> {
          if (held.holds(StorageKeys.slotOfExpiry(key))) {
            keys.add(StorageKeys.userKeyOfExpiry(key));
          } else {
            foreign.add(key);
          }
          bytes[0] += key.length;
          return keys.size() + foreign.size() < limit && bytes[0] < MAX_SWEEP_BYTES;
        });
    if (!foreign.isEmpty()) {
      return new Command(Operation.FORGET_TIMES, foreign.toArray(byte[][]::new));
    }
    return keys.isEmpty() ? null : new Command(Operation.EXPIRE_SWEEP, keys.toArray(byte[][]::new));
  }

  /**
   * Counts the keys, if a split has left their number as an estimate. Reads everything; for a
   * background thread.
   *
   * @return the command for the leader to propose, or null if the number is exact
   */
  public @Nullable Command recount() throws StorageException {
    if (state.counted()) {
      return null;
    }
    try (StorageSnapshot frozen = storage.snapshot()) {
      KeyspaceState then = KeyspaceState.read(frozen, ReadTier.DISK);
      KeyCount count = KeyCount.of(frozen, then.range());
      return then.counted()
          ? null
          : Command.recount(
              then.uncountedSince(),
              count.keys() - then.keys(),
              count.expiring() - then.expiring());
    }
  }

  /**
   * What {@link WriteSession#giveAway} has left of each split, by the number of the new shard. May
   * read from disk.
   */
  public SortedMap<Integer, byte[]> births() throws StorageException {
    return Births.read(storage);
  }

  public KeyspaceStats stats() {
    KeyspaceState current = state;
    return new KeyspaceStats(
        Math.max(0, current.keys()), Math.max(0, current.expiring()), storage.stats());
  }

  /** The failure that keeps the storage from taking or keeping writes, or null if it is well. */
  public @Nullable StorageException failure() {
    return storage.failure();
  }

  KeyspaceLimits limits() {
    return limits;
  }

  CachedRecords records() {
    return records;
  }

  int slotOf(byte[] key) {
    return slots.slotOf(key);
  }

  byte[] recordKey(byte[] key) {
    return StorageKeys.record(slots.slotOf(key), key);
  }

  /** A generator for one command: the injected one need not be safe for several threads. */
  RandomGenerator newRandom() {
    synchronized (random) {
      return new SplittableRandom(random.nextLong());
    }
  }

  /** Closes the storage. An open session is lost; calls under way are waited for. */
  @Override
  public void close() {
    batch.close();
    storage.close();
  }
}
