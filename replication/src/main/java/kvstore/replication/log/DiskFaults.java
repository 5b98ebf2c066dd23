package kvstore.replication.log;

import java.io.IOException;

/** A disk that fails on purpose, for tests. */
@FunctionalInterface
public interface DiskFaults {

  /** The disk as it is. */
  DiskFaults NONE = () -> {};

  /** Called before each write that is to be synced; throws to make it fail. */
  void beforeWrite() throws IOException;
}
