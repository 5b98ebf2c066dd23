package kvstore.server.shard;

import java.io.IOException;
import java.nio.file.Path;
import kvstore.engine.keyspace.Keyspace;

/** Opens and restores the keyspaces of one shard; called by one thread at a time. */
public interface ShardStorage {

  Keyspace open() throws IOException;

  /** Puts a checkpoint in place of what was open; nothing is open meanwhile. Crash-safe. */
  void restore(Path checkpoint) throws IOException;
}
