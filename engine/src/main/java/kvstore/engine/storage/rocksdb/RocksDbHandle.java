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
  private final CompactionPace.Events pace;
  private final RocksDbSettings settings;
  private final List<ColumnFamilyHandle> families;
  private final RocksDB database;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final TierOptions readOptions = new TierOptions(null);

  RocksDbHandle(Path directory, RocksDbResources resources) throws StorageException {
    name = directory.toString();
    Names.check(directory);
    errors = new BackgroundErrors(name);
    pace = resources.pace().listener();
    settings = new RocksDbSettings(resources, List.of(errors, pace));
    families = new ArrayList<>();
    database = open(directory);
    pace.opened(database, families);
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

  CompactionPace.Events pace() {
    return pace;
  }

  BackgroundErrors errors() {
    return errors;
  }

  /** Frees everything; the gate must have been closed. */
  @Override
  public void close() {
    pace.closing();
    families.forEach(ColumnFamilyHandle::close);
    database.close();
    closeOptions();
  }

  private void closeOptions() {
    readOptions.close();
    writeOptions.close();
    settings.close();
    errors.close();
    pace.close();
  }

  /** Read options for each tier, made when they are first asked for. Thread-safe. */
  static final class TierOptions implements AutoCloseable {
    private final org.rocksdb.@Nullable Snapshot snapshot;
    private volatile @Nullable ReadOptions disk;
    private volatile @Nullable ReadOptions memory;

    TierOptions(org.rocksdb.@Nullable Snapshot snapshot) {
      this.snapshot = snapshot;
    }

    ReadOptions of(kvstore.engine.storage.ReadTier tier) {
      ReadOptions made = tier == kvstore.engine.storage.ReadTier.MEMORY ? memory : disk;
      return made == null ? make(tier) : made;
    }

    private synchronized ReadOptions make(kvstore.engine.storage.ReadTier tier) {
      boolean inMemory = tier == kvstore.engine.storage.ReadTier.MEMORY;
      ReadOptions made = inMemory ? memory : disk;
      if (made == null) {
        made = new ReadOptions();
        if (snapshot != null) {
          made.setSnapshot(snapshot);
        }
        if (inMemory) {
          memory = made.setReadTier(org.rocksdb.ReadTier.BLOCK_CACHE_TIER);
        } else {
          disk = made;
        }
      }
      return made;
    }

    @Override
    public synchronized void close() {
      for (ReadOptions made : new ReadOptions[] {disk, memory}) {
        if (made != null) {
          made.close();
        }
      }
    }
  }
}
