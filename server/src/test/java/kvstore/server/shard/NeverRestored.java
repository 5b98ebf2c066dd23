package kvstore.server.shard;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.storage.Storage;
import kvstore.protocol.Slots;

/**
 * Of shards that restore nothing.
 *
 * @param storage opened each time the shard is
 */
record NeverRestored(Supplier<Storage> storage) implements ShardStorage {

  @Override
  public Keyspace open() throws IOException {
    return Keyspace.open(storage.get(), Slots::slotOf);
  }

  @Override
  public void restore(Path checkpoint) {
    throw new UnsupportedOperationException("no test of this shard restores");
  }
}
