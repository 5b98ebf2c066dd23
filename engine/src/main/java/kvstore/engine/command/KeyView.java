package kvstore.engine.command;

import java.util.random.RandomGenerator;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** What a command may read. Keys past their time are never shown. */
public interface KeyView {

  /** Number of hash slots. */
  int SLOTS = 16384;

  /** Time of the command, ms since the epoch. */
  long nowMs();

  /** The slots whose keys are here; commands on other keys are not to be run. */
  SlotRange range();

  /** Whether a key's slot is one of {@link #range}. */
  boolean holds(byte[] key);

  @Nullable Value get(byte[] key) throws StorageException;

  /** Number of keys, those included that are past their time and not yet swept. */
  long count() throws StorageException;

  /** Shows the keys of these slots, the last included. */
  void visit(int fromSlot, int toSlot, KeyVisitor visitor) throws StorageException;

  /** Shows the keys of one slot that are not less than {@code fromKey}. */
  void visitFrom(int slot, byte[] fromKey, KeyVisitor visitor) throws StorageException;

  /** In a write the same on each replica. */
  RandomGenerator random();

  KeyspaceLimits limits();
}
