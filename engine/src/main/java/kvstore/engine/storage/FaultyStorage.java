package kvstore.engine.storage;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A storage that fails when told to, for tests: writes, flushes and checkpoints fail while a
 * failure is set, and change nothing.
 */
public final class FaultyStorage implements Storage {
  /** What a test does in the midst of a call. */
  public interface Work {
    void run() throws StorageException;
  }

  private final Storage storage;
  private volatile @Nullable StorageException failure;
  private volatile boolean cold;
  private volatile Work written = () -> {};
  private final AtomicLong reads = new AtomicLong();

  public FaultyStorage(Storage storage) {
    this.storage = storage;
  }

  /** From now on writes fail so. */
  public void fail(StorageException.Kind kind) {
    failure = new StorageException(kind, "injected failure: " + kind);
  }

  public void heal() {
    failure = null;
  }

  /** Whether reads behave as if nothing were in memory. */
  public void cold(boolean everythingOnDisk) {
    cold = everythingOnDisk;
  }

  /** What happens while a write is there for all to see, and the writer has yet to hear of it. */
  public void whenWritten(Work work) {
    written = work;
  }

  /** How many records were asked for by their key. */
  public long reads() {
    return reads.get();
  }

  private void check() throws StorageException {
    StorageException current = failure;
    if (current != null) {
      throw new StorageException(current.kind(), "injected failure", current);
    }
  }

  private void checkTier(ReadTier tier) throws StorageException {
    if (cold && tier == ReadTier.MEMORY) {
      throw WouldBlockException.instance();
    }
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier)
      throws StorageException {
    checkTier(tier);
    reads.incrementAndGet();
    return storage.get(family, key, tier);
  }

  @Override
  public void visit(
      ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
      throws StorageException {
    checkTier(tier);
    storage.visit(family, from, to, tier, visitor);
  }

  @Override
  public StorageSnapshot snapshot() throws StorageException {
    return new FaultySnapshot(storage.snapshot());
  }

  @Override
  public StorageBatch newBatch() throws StorageException {
    return storage.newBatch();
  }

  @Override
  public void write(StorageBatch batch) throws StorageException {
    check();
    storage.write(batch);
    written.run();
  }

  @Override
  public void flush() throws StorageException {
    check();
    storage.flush();
  }

  @Override
  public void checkpoint(Path directory) throws StorageException {
    check();
    storage.checkpoint(directory);
  }

  @Override
  public StorageStats stats() {
    return storage.stats();
  }

  @Override
  public @Nullable StorageException failure() {
    StorageException current = failure;
    return current != null ? current : storage.failure();
  }

  @Override
  public void close() {
    storage.close();
  }

  private final class FaultySnapshot implements StorageSnapshot {
    private final StorageSnapshot snapshot;

    FaultySnapshot(StorageSnapshot snapshot) {
      this.snapshot = snapshot;
    }

    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier)
        throws StorageException {
      checkTier(tier);
      return snapshot.get(family, key, tier);
    }

    @Override
    public void visit(
        ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
        throws StorageException {
      checkTier(tier);
      snapshot.visit(family, from, to, tier, visitor);
    }

    @Override
    public void close() {
      snapshot.close();
    }
  }
}
