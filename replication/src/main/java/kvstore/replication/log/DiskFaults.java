package kvstore.replication.log;

import java.io.IOException;

/** A disk that fails on purpose, for tests. */
@FunctionalInterface
public interface DiskFaults {

  /** The disk as it is. */
  DiskFaults NONE = () -> {};

  /** Called before each write that is to be synced; throws to make it fail. */
  void beforeWrite() throws IOException;

  /**
   * Called after each write that was synced, before anybody learns of it; throws to make it look
   * like a sync that failed: the bytes may be there, but must not count.
   */
  default void afterWrite() throws IOException {}
}
