package kvstore.engine.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Ordered bytes in column families, written atomically. What was written may be lost in a crash
 * until {@link #flush} or {@link #checkpoint}, but always as a suffix: after a crash the state is
 * that of one moment between two writes.
 *
 * <p>Reads may come from any thread; {@link #write} from one thread at a time. {@link #close} waits
 * for calls under way.
 */
public interface Storage extends StorageReader, AutoCloseable {

  StorageSnapshot snapshot() throws StorageException;

  StorageBatch newBatch() throws StorageException;

  /** Makes the batch visible as one. The batch may then be cleared and used again. */
  void write(StorageBatch batch) throws StorageException;

  /** Makes all that was written durable. */
  void flush() throws StorageException;

  /**
   * Writes a durable copy of the state, of one moment at or after this call, sharing files where it
   * can.
   *
   * @param directory does not exist, or is empty; its parent exists
   */
  void checkpoint(Path directory) throws StorageException;

  StorageStats stats();

  /** The failure that keeps the storage from taking or keeping writes, or null if it is well. */
  @Nullable StorageException failure();

  @Override
  void close();
}
