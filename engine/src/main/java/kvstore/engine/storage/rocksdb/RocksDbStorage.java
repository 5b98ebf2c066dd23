package kvstore.engine.storage.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.RecordVisitor;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageSnapshot;
import kvstore.engine.storage.StorageStats;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/**
 * A RocksDB database without a write-ahead log: the replication log is the write-ahead log. Column
 * families are flushed together, so that what a crash leaves is always of one moment.
 */
public final class RocksDbStorage implements Storage {
  private final RocksDbHandle handle;
  private final RocksDbResources resources;
  private final Set<RocksDbSnapshot> snapshots = ConcurrentHashMap.newKeySet();

  private RocksDbStorage(RocksDbHandle handle, RocksDbResources resources) {
    this.handle = handle;
    this.resources = resources;
  }

  /**
   * Opens a database, or creates it. A {@link #restore} that a crash interrupted is finished or
   * undone first.
   *
   * @param resources stay open longer than the storage
   */
  public static RocksDbStorage open(Path directory, RocksDbResources resources)
      throws StorageException {
    CheckpointRestore.recover(directory);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw Failures.of("create " + directory, e);
    }
    return new RocksDbStorage(new RocksDbHandle(directory, resources), resources);
  }

  /**
   * Puts a copy of a checkpoint in the place of a database, which must not be open; files are
   * shared where they can be. After a crash the old database or the new one is found, never
   * something between.
   *
   * @param checkpoint stays as it is
   */
  public static void restore(Path checkpoint, Path directory) throws StorageException {
    CheckpointRestore.restore(checkpoint, directory);
  }

  /**
   * Puts a copy of a checkpoint, or an empty database, in the place of a damaged one, which must
   * not be open. Every block of the copy is read first. The damaged one is kept as {@code
   * D.damaged}, in place of what was kept there before. Safe against crashes like {@link #restore}.
   *
   * @param checkpoint null for an empty database
   * @throws StorageException of kind CORRUPTION if the checkpoint is damaged; nothing has changed
   */
  public static void rebuild(@Nullable Path checkpoint, Path directory, RocksDbResources resources)
      throws StorageException {
    CheckpointRestore.rebuild(
        checkpoint,
        directory,
        made -> {
          try (RocksDbHandle handle = new RocksDbHandle(made, resources)) {
            handle.gate().close();
            handle.database().verifyChecksum();
          } catch (RocksDBException e) {
            throw Failures.of("read the whole of " + checkpoint, e);
          }
        });
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier)
      throws StorageException {
    handle.gate().enter();
    try {
      return RocksDbReads.get(handle, handle.readOptions(), family, key, tier);
    } finally {
      handle.gate().leave();
    }
  }

  @Override
  public void visit(
      ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
      throws StorageException {
    handle.gate().enter();
    try {
      RocksDbReads.visit(handle, handle.readOptions().of(tier), family, from, to, tier, visitor);
    } finally {
      handle.gate().leave();
    }
  }

  @Override
  public StorageSnapshot snapshot() throws StorageException {
    handle.gate().enter();
    try {
      RocksDbSnapshot snapshot = new RocksDbSnapshot(handle, snapshots::remove);
      snapshots.add(snapshot);
      return snapshot;
    } finally {
      handle.gate().leave();
    }
  }

  @Override
  public StorageBatch newBatch() {
    return new RocksDbBatch(handle);
  }

  @Override
  public void write(StorageBatch batch) throws StorageException {
    handle.gate().enter();
    try {
      ((RocksDbBatch) batch).write();
    } finally {
      handle.gate().leave();
    }
  }

  /** What a checkpoint needs flushed; whoever takes one lets no writes in meanwhile. */
  private void flushAtOnce() throws RocksDBException {
    handle.pace().flushing();
    try {
      flushAll();
    } finally {
      handle.pace().flushed();
    }
  }

  private void flushAll() throws RocksDBException {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      handle.database().flush(options, handle.families());
    }
  }

  @Override
  public void flush() throws StorageException {
    handle.gate().enter();
    try {
      flushAll();
    } catch (RocksDBException e) {
      throw Failures.of("flush " + handle.name(), e);
    } finally {
      handle.gate().leave();
    }
  }

  @Override
  public void checkpoint(Path directory) throws StorageException {
    handle.gate().enter();
    try (Checkpoint checkpoint = Checkpoint.create(handle.database())) {
      Files.deleteIfExists(directory);
      flushAtOnce();
      checkpoint.createCheckpoint(directory.toString());
      FileSync.syncTree(directory);
    } catch (RocksDBException e) {
      throw Failures.of("write the checkpoint " + directory, e);
    } catch (IOException e) {
      throw Failures.of("write the checkpoint " + directory, e);
    } finally {
      handle.gate().leave();
    }
  }

  @Override
  public StorageStats stats() {
    if (!handle.gate().tryEnter()) {
      return new StorageStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false);
    }
    try {
      return RocksDbStats.read(handle, resources);
    } finally {
      handle.gate().leave();
    }
  }

  @Override
  public @Nullable StorageException failure() {
    return handle.errors().failure();
  }

  /** Writes what is in memory to disk and closes; waits for calls under way. */
  @Override
  public void close() {
    handle.pace().flushing(); // for good: what is not in files yet is flushed now
    if (handle.gate().close()) {
      snapshots.forEach(RocksDbSnapshot::free);
      handle.close();
    }
  }
}
