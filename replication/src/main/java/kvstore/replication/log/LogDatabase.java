package kvstore.replication.log;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The RocksDB of a {@link SharedLog}, open, with all that is closed together with it. */
record LogDatabase(
    RocksDB db,
    ColumnFamilyHandle book,
    ColumnFamilyHandle entries,
    WriteOptions synced,
    ReadOptions reads,
    LogPace pace,
    List<AutoCloseable> resources)
    implements AutoCloseable {

  private static final Logger LOGGER = LoggerFactory.getLogger(LogDatabase.class);
  private static final long SLOWED_WRITES = 16 << 20;
  private static final byte[] ENTRIES = "entries".getBytes(StandardCharsets.UTF_8);

  static {
    RocksDB.loadLibrary();
  }

  /** Opens or creates it; what a crash left of a last record is cut off. */
  static LogDatabase open(Path directory, SharedLogOptions options) throws RocksDBException {
    LRUCache cache = new LRUCache(options.blockCacheBytes());
    ColumnFamilyOptions forBook = new ColumnFamilyOptions().setWriteBufferSize(1 << 20);
    ColumnFamilyOptions forEntries = entriesOptions(options, cache);
    LogPace pace = new LogPace(options);
    DBOptions forDb = databaseOptions(options, pace);
    List<AutoCloseable> resources = List.of(forDb, forEntries, forBook, cache, pace);
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      RocksDB db =
          RocksDB.open(
              forDb,
              directory.toString(),
              List.of(
                  new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, forBook),
                  new ColumnFamilyDescriptor(ENTRIES, forEntries)),
              handles);
      return new LogDatabase(
          db,
          handles.get(0),
          handles.get(1),
          new WriteOptions().setSync(true),
          new ReadOptions().setVerifyChecksums(true),
          pace,
          resources);
    } catch (RocksDBException e) {
      closeAll(resources);
      throw e;
    }
  }

  private static DBOptions databaseOptions(SharedLogOptions options, LogPace pace) {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
        .setParanoidChecks(true)
        .setMaxTotalWalSize(options.writeAheadBytes())
        .setMaxBackgroundJobs(2)
        .setMaxOpenFiles(256)
        .setRateLimiter(pace.limiter())
        .setListeners(List.of(pace.events()))
        .setDelayedWriteRate(SLOWED_WRITES) // it would take that of the limiter
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setKeepLogFileNum(4)
        .setMaxLogFileSize(1 << 20);
  }

  private static ColumnFamilyOptions entriesOptions(SharedLogOptions options, LRUCache cache) {
    return new ColumnFamilyOptions()
        .setWriteBufferSize(options.writeBufferBytes())
        .setMaxWriteBufferNumber(options.writeBuffers())
        .setTargetFileSizeBase(options.fileBytes())
        .setLevel0FileNumCompactionTrigger(2)
        .setCompressionType(CompressionType.NO_COMPRESSION)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setBlockSize(32 << 10)
                .setCacheIndexAndFilterBlocks(true));
  }

  /** A number that RocksDB tells of the entries. */
  long told(String property) throws RocksDBException {
    return Long.parseLong(db.getProperty(entries, property));
  }

  /** So many bytes were written to it. */
  void wrote(long bytes) {
    pace.wrote(this, bytes);
  }

  /** Once what the write-ahead files held is in place. */
  void look() {
    pace.look(this);
  }

  @Override
  public void close() {
    pace.hurry(); // a flush that runs is waited for
    book.close();
    entries.close();
    synced.close();
    reads.close();
    db.close();
    closeAll(resources);
  }

  private static void closeAll(List<AutoCloseable> resources) {
    for (AutoCloseable resource : resources) {
      try {
        resource.close();
      } catch (Exception e) {
        LOGGER.warn("could not close {}", resource, e);
      }
    }
  }
}
