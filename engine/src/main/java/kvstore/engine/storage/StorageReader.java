package kvstore.engine.storage;

import org.jspecify.annotations.Nullable;

/**
 * Reads of a {@link Storage} or of a {@link StorageSnapshot}. Any thread may call. After close each
 * call fails with {@link StorageException.Kind#CLOSED}.
 */
public interface StorageReader {

  /**
   * @return the value, owned by the caller, or null if there is none
   * @throws WouldBlockException if {@code tier} is MEMORY and the disk would be needed
   */
  byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier) throws StorageException;

  /**
   * Shows the records with {@code from <= key < to} in key order, all of one moment, until the
   * visitor has seen enough. The visitor must not write to the storage.
   *
   * @throws WouldBlockException if {@code tier} is MEMORY and the disk would be needed; the visitor
   *     may have seen some records by then
   */
  void visit(ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
      throws StorageException;
}
