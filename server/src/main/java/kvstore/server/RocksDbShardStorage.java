package kvstore.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.RecordCache;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.engine.storage.rocksdb.RocksDbStorage;
import kvstore.protocol.Slots;
import kvstore.server.shard.ShardStorage;
import org.jspecify.annotations.Nullable;

/** A shard's keyspaces in RocksDB, in one directory of the data directory. */
record RocksDbShardStorage(
    Path directory, RocksDbResources resources, KeyspaceLimits limits, RecordCache cache)
    implements ShardStorage {

  /** Without a cache of values, for a keyspace that serves nobody. */
  RocksDbShardStorage(Path directory, RocksDbResources resources, KeyspaceLimits limits) {
    this(directory, resources, limits, new RecordCache(0));
  }

  @Override
  public Keyspace open() throws IOException {
    Files.createDirectories(directory.getParent());
    RocksDbStorage storage = RocksDbStorage.open(directory, resources);
    try {
      return Keyspace.open(storage, Slots::slotOf, limits, new SplittableRandom(), cache);
    } catch (StorageException | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  @Override
  public void restore(Path checkpoint) throws IOException {
    RocksDbStorage.restore(checkpoint, directory);
  }

  @Override
  public void rebuild(@Nullable Path checkpoint) throws IOException {
    RocksDbStorage.rebuild(checkpoint, directory, resources);
  }
}
