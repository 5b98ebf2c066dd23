package kvstore.engine.keyspace;

import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** Answers commands that only read. Any thread may call. */
public interface KeyspaceReader {

  /**
   * @param nowMs ms since the epoch; keys past their time at it are not shown
   * @param tier MEMORY if the calling thread must not block
   * @return the outcome, of one moment; null if {@code tier} is MEMORY and the command needs the
   *     disk or may take long
   */
  @Nullable Outcome read(Command command, long nowMs, ReadTier tier) throws StorageException;
}
