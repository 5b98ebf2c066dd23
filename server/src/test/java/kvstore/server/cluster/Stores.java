package kvstore.server.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.engine.storage.rocksdb.RocksDbStorage;
import kvstore.protocol.Slots;

/**
 * Where a node's keyspaces are: real ones on disk, or some that forget in a crash what they may.
 */
interface Stores extends AutoCloseable {

  Storage open(Path folder) throws IOException;

  void restore(Path checkpoint, Path folder) throws IOException;

  /** Opens the copy in a seed, to be narrowed. */
  Storage openCopy(Path folder) throws IOException;

  /** From now on nothing becomes durable. */
  void crash();

  @Override
  void close();

  default Keyspace keyspace(Path folder) throws IOException {
    return Keyspace.open(open(folder), Slots::slotOf);
  }

  /** RocksDB; a crash is not one. */
  static Stores onDisk() {
    RocksDbResources resources = new RocksDbResources(RocksDbResources.Options.DEFAULT);
    return new Stores() {
      @Override
      public Storage open(Path folder) throws IOException {
        return RocksDbStorage.open(folder, resources);
      }

      @Override
      public void restore(Path checkpoint, Path folder) throws IOException {
        RocksDbStorage.restore(checkpoint, folder);
      }

      @Override
      public Storage openCopy(Path folder) throws IOException {
        return open(folder);
      }

      @Override
      public void crash() {
        throw new UnsupportedOperationException("these stores cannot crash");
      }

      @Override
      public void close() {
        resources.close();
      }
    };
  }

  /** In the heap: what was not flushed is lost in a crash. Outlives the node's restarts. */
  static Stores forgetful() {
    Map<Path, MemoryStorage> disks = new ConcurrentHashMap<>();
    return new Stores() {
      @Override
      public synchronized Storage open(Path folder) throws IOException {
        Files.createDirectories(folder);
        // opened again after a close or a crash: what was durable
        MemoryStorage found = disks.get(folder);
        MemoryStorage opened = found == null ? new MemoryStorage() : found.afterCrash();
        disks.put(folder, opened);
        return opened;
      }

      @Override
      public synchronized void restore(Path checkpoint, Path folder) throws IOException {
        disks.put(folder, MemoryStorage.fromCheckpoint(checkpoint));
      }

      @Override
      public Storage openCopy(Path folder) throws IOException {
        return MemoryStorage.fromCheckpoint(folder);
      }

      @Override
      public synchronized void crash() {
        disks.replaceAll((folder, storage) -> storage.afterCrash());
        disks.values().forEach(MemoryStorage::close);
      }

      @Override
      public void close() {}
    };
  }
}
