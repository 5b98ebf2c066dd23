package kvstore.engine.storage.rocksdb;

import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Changes in native memory. Synchronized only against a close of the keyspace by another thread,
 * which must not free memory in use.
 */
final class RocksDbBatch implements StorageBatch {
  private final RocksDbHandle handle;
  private final WriteBatch batch = new WriteBatch();
  private boolean closed;

  RocksDbBatch(RocksDbHandle handle) {
    this.handle = handle;
  }

  /** One call on the native batch. */
  @FunctionalInterface
  private interface Change {
    void run() throws RocksDBException;
  }

  private synchronized void change(Change change) throws StorageException {
    requireOpen();
    handle.gate().enter();
    try {
      change.run();
    } catch (RocksDBException e) {
      throw Failures.of("gather changes", e);
    } finally {
      handle.gate().leave();
    }
  }

  @Override
  public void put(ColumnFamily family, byte[] key, byte[] value) throws StorageException {
    change(() -> batch.put(handle.family(family), key, value));
  }

  @Override
  public void delete(ColumnFamily family, byte[] key) throws StorageException {
    change(() -> batch.delete(handle.family(family), key));
  }

  @Override
  public void deleteRange(ColumnFamily family, byte[] from, byte[] to) throws StorageException {
    change(() -> batch.deleteRange(handle.family(family), from, to));
  }

  synchronized void write() throws StorageException {
    requireOpen();
    try {
      handle.database().write(handle.writeOptions(), batch);
      handle.errors().succeeded();
    } catch (RocksDBException e) {
      StorageException failure = Failures.of("write to " + handle.name(), e);
      handle.errors().failed(failure);
      throw failure;
    }
  }

  private void requireOpen() throws StorageException {
    if (closed) {
      throw new StorageException(StorageException.Kind.CLOSED, "the batch is closed");
    }
  }

  @Override
  public synchronized void clear() {
    if (!closed) {
      batch.clear();
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      batch.close();
    }
  }
}
