package kvstore.testkit.simulation;

import java.nio.file.Path;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.RecordVisitor;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageSnapshot;
import kvstore.engine.storage.StorageStats;
import kvstore.engine.storage.WouldBlockException;
import org.jspecify.annotations.Nullable;

/**
 * A storage on a simulated disk: some reads are not in memory, some writes fail, all take as long
 * as they like, and what was written becomes durable whenever the storage happens to flush.
 */
final class SimulatedStorage implements Storage {

  private final Life life;
  private final World world;
  private final MemoryStorage storage;

  SimulatedStorage(Life life, MemoryStorage storage) {
    this.life = life;
    this.world = life.world;
    this.storage = storage;
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier)
      throws StorageException {
    touch(tier);
    byte[] value = storage.get(family, key, tier);
    life.maybeStall();
    return value;
  }

  @Override
  public void visit(
      ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
      throws StorageException {
    touch(tier);
    storage.visit(family, from, to, tier, visitor);
  }

  private void touch(ReadTier tier) throws StorageException {
    if (tier == ReadTier.MEMORY && world.chance(world.rates.cold)) {
      throw WouldBlockException.instance();
    }
  }

  @Override
  public StorageSnapshot snapshot() throws StorageException {
    return storage.snapshot();
  }

  @Override
  public StorageBatch newBatch() {
    return storage.newBatch();
  }

  @Override
  public void write(StorageBatch batch) throws StorageException {
    life.maybeStall();
    if (world.chance(world.rates.writeFails)) {
      throw new StorageException(StorageException.Kind.NO_SPACE, "No space left on device");
    }
    storage.write(batch);
    if (world.chance(world.rates.flush)) {
      storage.flush();
    }
    life.maybeStall();
  }

  @Override
  public void flush() throws StorageException {
    storage.flush();
  }

  @Override
  public void checkpoint(Path directory) throws StorageException {
    storage.checkpoint(directory);
  }

  @Override
  public StorageStats stats() {
    return storage.stats();
  }

  @Override
  public @Nullable StorageException failure() {
    return storage.failure();
  }

  @Override
  public void close() {
    storage.close();
  }
}
