package kvstore.engine.storage;

/**
 * Changes that become visible together, in the order given. Belongs to one thread at a time. The
 * arrays are copied.
 */
public interface StorageBatch extends AutoCloseable {

  void put(ColumnFamily family, byte[] key, byte[] value) throws StorageException;

  void delete(ColumnFamily family, byte[] key) throws StorageException;

  /** Deletes every key with {@code from <= key < to}. */
  void deleteRange(ColumnFamily family, byte[] from, byte[] to) throws StorageException;

  /** Empties the batch for another use. */
  void clear();

  @Override
  void close();
}
