package kvstore.engine.storage.rocksdb;

import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Changes, gathered in the heap in RocksDB's own form and handed over in one call: a call for each
 * change costs more than the change. Synchronized only against a close of the keyspace by another
 * thread.
 */
final class RocksDbBatch implements StorageBatch {
  private final RocksDbHandle handle;
  private final BatchBytes bytes = new BatchBytes();
  private final int[] families = new int[ColumnFamily.values().length];
  private boolean closed;

  RocksDbBatch(RocksDbHandle handle) {
    this.handle = handle;
    for (ColumnFamily family : ColumnFamily.values()) {
      families[family.id()] = handle.family(family).getID();
    }
  }

  @Override
  public synchronized void put(ColumnFamily family, byte[] key, byte[] value)
      throws StorageException {
    requireOpen();
    bytes.put(families[family.id()], key, value);
  }

  @Override
  public synchronized void delete(ColumnFamily family, byte[] key) throws StorageException {
    requireOpen();
    bytes.delete(families[family.id()], key);
  }

  @Override
  public synchronized void deleteRange(ColumnFamily family, byte[] from, byte[] to)
      throws StorageException {
    requireOpen();
    bytes.deleteRange(families[family.id()], from, to);
  }

  synchronized void write() throws StorageException {
    requireOpen();
    try (WriteBatch batch = new WriteBatch(bytes.toArray())) {
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
    bytes.clear();
  }

  @Override
  public synchronized void close() {
    closed = true;
    bytes.clear();
  }
}
