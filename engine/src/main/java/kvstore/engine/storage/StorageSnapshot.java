package kvstore.engine.storage;

/** The state of a storage at one moment. Cheap to take; holds space on disk until closed. */
public interface StorageSnapshot extends StorageReader, AutoCloseable {
  /** May be called by any thread, more than once, and after the storage was closed. */
  @Override
  void close();
}
