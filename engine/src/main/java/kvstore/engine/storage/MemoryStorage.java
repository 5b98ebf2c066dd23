package kvstore.engine.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A storage in the heap, for tests and simulation. It keeps what was written apart from what was
 * made durable, so that {@link #afterCrash} shows what a crash would have left.
 */
public final class MemoryStorage implements Storage {
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private MemoryTables tables;
  private MemoryTables durable;
  private volatile boolean closed;

  public MemoryStorage() {
    this(new MemoryTables());
  }

  private MemoryStorage(MemoryTables tables) {
    this.tables = tables;
    this.durable = tables.share();
  }

  /** Opens what {@link #checkpoint} wrote. */
  public static MemoryStorage fromCheckpoint(Path directory) throws StorageException {
    return new MemoryStorage(MemoryTables.load(directory));
  }

  /** What a crash at this moment would leave. This storage is not to be used any more. */
  public MemoryStorage afterCrash() {
    lock.writeLock().lock();
    try {
      closed = true;
      return new MemoryStorage(durable.share());
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier)
      throws StorageException {
    lock.readLock().lock();
    try {
      requireOpen();
      return tables.get(family, key);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void visit(
      ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
      throws StorageException {
    shared().visit(family, from, to, visitor);
  }

  @Override
  public StorageSnapshot snapshot() throws StorageException {
    return new Snapshot(shared());
  }

  private MemoryTables shared() throws StorageException {
    lock.writeLock().lock();
    try {
      requireOpen();
      return tables.share();
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public StorageBatch newBatch() {
    return new MemoryBatch();
  }

  @Override
  public void write(StorageBatch batch) throws StorageException {
    lock.writeLock().lock();
    try {
      requireOpen();
      tables = tables.writable();
      ((MemoryBatch) batch).applyTo(tables);
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void flush() throws StorageException {
    lock.writeLock().lock();
    try {
      requireOpen();
      durable = tables.share();
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void checkpoint(Path directory) throws StorageException {
    flush();
    try {
      Files.createDirectories(directory);
      shared().save(directory);
    } catch (StorageException e) {
      throw e;
    } catch (IOException e) {
      throw new StorageException(StorageException.Kind.IO, "checkpoint to " + directory, e);
    }
  }

  @Override
  public StorageStats stats() {
    return new StorageStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false);
  }

  @Override
  public @Nullable StorageException failure() {
    return null;
  }

  /** Closes in order: what was written is durable. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        durable = tables.share();
        closed = true;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void requireOpen() throws StorageException {
    if (closed) {
      throw new StorageException(StorageException.Kind.CLOSED, "the storage is closed");
    }
  }

  /** Values by key, in key order, also after a close; for comparisons in tests. */
  public SortedMap<byte[], byte[]> contents(ColumnFamily family) {
    lock.writeLock().lock();
    try {
      return Collections.unmodifiableSortedMap(tables.share().table(family));
    } finally {
      lock.writeLock().unlock();
    }
  }

  private final class Snapshot implements StorageSnapshot {
    private final MemoryTables frozen;
    private volatile boolean released;

    private Snapshot(MemoryTables frozen) {
      this.frozen = frozen;
    }

    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier)
        throws StorageException {
      require();
      return frozen.get(family, key);
    }

    @Override
    public void visit(
        ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
        throws StorageException {
      require();
      frozen.visit(family, from, to, visitor);
    }

    private void require() throws StorageException {
      if (released || closed) {
        throw new StorageException(StorageException.Kind.CLOSED, "the snapshot is closed");
      }
    }

    @Override
    public void close() {
      released = true;
    }
  }
}
