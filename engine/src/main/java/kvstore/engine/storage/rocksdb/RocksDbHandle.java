package kvstore.engine.storage.rocksdb;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.UseGate;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/** An open database with all native objects that live as long as it does. */
final class RocksDbHandle implements AutoCloseable {
  private final String name;
  private final UseGate gate = new UseGate();
  private final BackgroundErrors errors;
  private final RocksDbSettings settings;
  private final List<ColumnFamilyHandle> families;
  private final RocksDB database;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final TierOptions readOptions = new TierOptions(null);

  RocksDbHandle(Path directory, RocksDbResources resources) throws StorageException {
    name = directory.toString();
    Names.check(directory);
    errors = new BackgroundErrors(name);
    settings = new RocksDbSettings(resources, errors);
    families = new ArrayList<>();
    database = open(directory);
  }

  private RocksDB open(Path directory) throws StorageException {
    try {
      return RocksDB.open(settings.database(), directory.toString(), settings.families(), families);
    } catch (RocksDBException e) {
      closeOptions();
      throw Failures.of("open the database " + directory, e);
    }
  }

  String name() {
    return name;
  }

  /** To be entered by every call that touches native objects. */
  UseGate gate() {
    return gate;
  }

  RocksDB database() {
    return database;
  }

  ColumnFamilyHandle family(ColumnFamily family) {
    return families.get(family.id());
  }

  List<ColumnFamilyHandle> families() {
    return families;
  }

  WriteOptions writeOptions() {
    return writeOptions;
  }

  TierOptions readOptions() {
    return readOptions;
  }

  /** Read options of both tiers, for a snapshot. */
  TierOptions readOptions(org.rocksdb.Snapshot snapshot) {
    return new TierOptions(snapshot);
  }

  BackgroundErrors errors() {
    return errors;
  }

  /** Frees everything; the gate must have been closed. */
  @Override
  public void close() {
    families.forEach(ColumnFamilyHandle::close);
    database.close();
    closeOptions();
  }

  private void closeOptions() {
    readOptions.close();
    writeOptions.close();
    settings.close();
    errors.close();
  }

  /** Read options for each tier. */
  static final class TierOptions implements AutoCloseable {
    private final ReadOptions disk = new ReadOptions();
    private final ReadOptions memory =
        new ReadOptions().setReadTier(org.rocksdb.ReadTier.BLOCK_CACHE_TIER);

    TierOptions(org.rocksdb.@Nullable Snapshot snapshot) {
      if (snapshot != null) {
        disk.setSnapshot(snapshot);
        memory.setSnapshot(snapshot);
      }
    }

    ReadOptions of(kvstore.engine.storage.ReadTier tier) {
      return tier == kvstore.engine.storage.ReadTier.MEMORY ? memory : disk;
    }

    @Override
    public void close() {
      disk.close();
      memory.close();
    }
  }
}
