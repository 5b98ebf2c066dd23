package kvstore.server.shard;

import java.io.IOException;
import java.nio.file.Path;
import kvstore.engine.keyspace.Keyspace;
import org.jspecify.annotations.Nullable;

/** Opens and restores the keyspaces of one shard; called by one thread at a time. */
public interface ShardStorage {

  Keyspace open() throws IOException;

  /** Puts a checkpoint in place of what was open; nothing is open meanwhile. Crash-safe. */
  void restore(Path checkpoint) throws IOException;

  /**
   * As {@link #restore}, in place of a state that is damaged, which is kept aside; crash-safe.
   *
   * @param checkpoint read as a whole first; null for an empty state
   * @throws IOException if that is damaged too; nothing has changed then
   */
  default void rebuild(@Nullable Path checkpoint) throws IOException {
    throw new IOException("expected a storage on a disk, but this one is in memory only");
  }
}
