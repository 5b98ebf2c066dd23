package kvstore.engine.keyspace;

import java.util.SplittableRandom;
import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;

/**
 * Applies log entries. Commands see what earlier ones of the session have done; others see it after
 * {@link #commit}. Belongs to the thread that began it; every method asserts that.
 *
 * <pre>{@code
 * try (WriteSession session = keyspace.begin()) {
 *   session.entry(index, term, leaderTimeMs);
 *   outcome = session.execute(command);
 *   session.commit();
 * }
 * }</pre>
 */
public final class WriteSession implements AutoCloseable {
  private static final int ORDINAL_BITS = 16;

  private final Keyspace keyspace;
  private final Storage storage;
  private final StorageBatch batch;
  private final Thread owner = Thread.currentThread();
  private final SessionKeys keys;
  private long index;
  private long term;
  private long leaderTimeMs;
  private int ordinal;
  private boolean closed;

  WriteSession(Keyspace keyspace, Storage storage, StorageBatch batch, KeyspaceState state) {
    this.keyspace = keyspace;
    this.storage = storage;
    this.batch = batch;
    this.keys = new SessionKeys(keyspace, storage, state);
    this.index = state.appliedIndex();
    this.term = state.appliedTerm();
    this.leaderTimeMs = state.leaderTimeMs();
  }

  /**
   * Starts an entry.
   *
   * @param index greater than that of any entry before
   * @param leaderTimeMs ms since the epoch; an earlier time than before counts as the time before
   */
  public void entry(long index, long term, long leaderTimeMs) {
    assertOwned();
    if (index <= this.index) {
      throw new IllegalStateException(
          "expected an entry after " + this.index + ", but got " + index);
    }
    this.index = index;
    this.term = term;
    this.leaderTimeMs = Math.max(this.leaderTimeMs, leaderTimeMs);
    this.ordinal = 0;
    keys.beginEntry(index);
  }

  /** Runs the next command of the entry. Bad arguments come back as {@link Outcome.Refused}. */
  public Outcome execute(Command command) throws StorageException {
    assertOwned();
    int place = ordinal++;
    if (place >= 1 << ORDINAL_BITS) {
      throw new IllegalStateException("an entry holds at most 65536 commands");
    }
    long version = index << ORDINAL_BITS | place;
    keys.beginCommand(true, version, leaderTimeMs);
    return command.executeOn(keys);
  }

  /** Runs a command that only reads, at the time of the last entry. */
  public Outcome read(Command command) throws StorageException {
    return read(command, leaderTimeMs);
  }

  /**
   * Runs a command that only reads.
   *
   * @param nowMs ms since the epoch; not before the last entry's time
   */
  public Outcome read(Command command, long nowMs) throws StorageException {
    assertOwned();
    keys.beginCommand(false, 0, Math.max(nowMs, leaderTimeMs));
    return command.readFrom(keys);
  }

  /** {@link Keyspace#keyCount}, this session's changes included. */
  public long keyCount() {
    assertOwned();
    return keys.keyCount();
  }

  /** Bytes of values that the session holds until it commits. */
  public long pendingBytes() {
    assertOwned();
    return keys.pendingBytes();
  }

  /** Log index of the last entry started, or of the last one committed if there was none. */
  public long index() {
    return index;
  }

  /**
   * Makes all entries visible as one; the session may go on with further entries. If it fails,
   * nothing is visible, and the session can only be closed.
   */
  public void commit() throws StorageException {
    assertOwned();
    batch.clear();
    keys.writeTo(batch);
    writeState(!keys.cleared());
  }

  /**
   * @param pendingOnly whether nothing but what is pending in the session was changed
   */
  private void writeState(boolean pendingOnly) throws StorageException {
    KeyspaceState state = keys.state(index, term, leaderTimeMs);
    batch.put(ColumnFamily.META, KeyspaceState.KEY, state.encode());
    boolean written = false;
    SessionKeys changes = pendingOnly ? keys : null;
    keyspace.records().beginWrite(changes);
    try {
      storage.write(batch);
      written = true;
    } finally {
      keyspace.records().endWrite(written ? changes : null);
    }
    batch.clear();
    keyspace.committed(state);
    keys.reset();
  }

  /**
   * The effect of the last entry started, which holds nothing else: the slots from {@code atSlot}
   * on go to another shard, with all their keys. Visible at once, without {@link #commit}. Entries
   * of the expiry index stay until {@link Keyspace#expirySweep} finds them.
   *
   * @param birth told by {@link Keyspace#births} from now on, under the shard's number
   * @throws IllegalArgumentException if not a slot of the range, or the first one
   * @throws IllegalStateException if earlier entries are not committed
   */
  public void giveAway(int atSlot, int shard, byte[] birth) throws StorageException {
    assertOwned();
    SlotRange held = keys.range();
    if (!held.holds(atSlot) || atSlot == held.first()) {
      throw new IllegalArgumentException(
          "expected a slot after the first one of " + held + ", but got " + atSlot);
    }
    SlotRange kept = new SlotRange(held.first(), atSlot - 1);
    keys.narrow(kept, index);
    batch.clear();
    deleteRecords(new SlotRange(atSlot, held.last()));
    batch.put(ColumnFamily.META, Births.key(shard), birth);
    writeNarrower(kept, held);
  }

  /**
   * The other side of {@link #giveAway}, on a copy of the keyspace as it was before that entry:
   * keeps the slots from {@code atSlot} on. Visible at once, without {@link #commit}. The expiry
   * index keeps entries as there.
   */
  public void takeOver(int atSlot) throws StorageException {
    assertOwned();
    SlotRange held = keys.range();
    if (!held.holds(atSlot) || atSlot == held.first()) {
      throw new IllegalArgumentException(
          "expected a slot after the first one of " + held + ", but got " + atSlot);
    }
    SlotRange kept = new SlotRange(atSlot, held.last());
    keys.narrow(kept, index);
    batch.clear();
    deleteRecords(new SlotRange(held.first(), atSlot - 1));
    batch.deleteRange(ColumnFamily.META, Births.start(), Births.end());
    writeNarrower(kept, held);
  }

  private void writeNarrower(SlotRange kept, SlotRange held) throws StorageException {
    keyspace.narrowing(kept);
    try {
      writeState(false);
    } catch (StorageException | RuntimeException e) {
      keyspace.narrowing(held); // nothing has changed; the entry may be applied again
      throw e;
    }
  }

  private void deleteRecords(SlotRange of) throws StorageException {
    batch.deleteRange(
        ColumnFamily.RECORDS, StorageKeys.startOf(of.first()), StorageKeys.startOf(of.last() + 1));
  }

  /** Forgets what was not committed. */
  @Override
  public void close() {
    if (!closed) {
      assertOwned();
      closed = true;
      batch.clear();
      keyspace.ended(this);
    }
  }

  private void assertOwned() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "expected thread " + owner.getName() + ", but was " + Thread.currentThread().getName());
    }
    if (closed) {
      throw new IllegalStateException("the session is closed");
    }
  }

  /** The same on each replica. */
  static SplittableRandom randomFor(long version, long timeMs) {
    return new SplittableRandom(version * 31 + timeMs);
  }
}
