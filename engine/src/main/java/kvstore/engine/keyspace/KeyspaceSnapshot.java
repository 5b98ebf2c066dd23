package kvstore.engine.keyspace;

import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageSnapshot;
import kvstore.engine.storage.WouldBlockException;
import org.jspecify.annotations.Nullable;

/** The keyspace as of the moment the snapshot was taken. Any thread may read, and close. */
public final class KeyspaceSnapshot implements KeyspaceReader, AutoCloseable {
  private final Keyspace keyspace;
  private final StorageSnapshot storage;
  private final SlotRange range;

  KeyspaceSnapshot(Keyspace keyspace, StorageSnapshot storage, SlotRange range) {
    this.keyspace = keyspace;
    this.storage = storage;
    this.range = range;
  }

  @Override
  public @Nullable Outcome read(Command command, long nowMs, ReadTier tier)
      throws StorageException {
    if (tier == ReadTier.MEMORY && command.operation().takesLong()) {
      return null;
    }
    try {
      return command.readFrom(new StorageView(keyspace, storage, null, range, tier, nowMs));
    } catch (WouldBlockException e) {
      return null;
    }
  }

  /** Reads everything that is here; for a thread that may block for long. */
  public KeyspaceDigest digest() throws StorageException {
    return KeyspaceDigest.of(storage, range);
  }

  @Override
  public void close() {
    storage.close();
  }
}
