package kvstore.engine.storage.rocksdb;

import java.util.ArrayList;
import java.util.List;
import kvstore.engine.storage.ColumnFamily;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.InfoLogLevel;

/** The options of one database; they are closed after it. */
final class RocksDbSettings implements AutoCloseable {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final double FILTER_BITS_PER_KEY = 10;

  /**
   * The filter of a memtable takes this share of a write buffer at the first write; 10 bits for
   * each of the records of 100 bytes that fit in.
   */
  private static final double MEMTABLE_FILTER_SHARE = 0.01;

  /**
   * What a memtable takes at a time. Counts as used in the budget of the write buffers, of which
   * many storages with little in them must not use much: over the budget every write is flushed.
   */
  private static final long MEMTABLE_BLOCK = 64 * KIB;

  private static final int SMALLEST_COMPRESSED_LEVEL = 2;
  private static final int LEVELS = 7;

  /**
   * Replicas write the same; so that not all of them flush and compact at the same moment, the
   * write buffers of each are smaller by up to this share, at random.
   */
  private static final double MOST_LEFT_OUT = 0.25;

  private final DBOptions database;
  private final ColumnFamilyOptions records;
  private final ColumnFamilyOptions others;
  private final BloomFilter filter;
  private final double share;

  RocksDbSettings(RocksDbResources resources, List<AbstractEventListener> listeners) {
    share = 1 - resources.chance() * MOST_LEFT_OUT;
    filter = new BloomFilter(FILTER_BITS_PER_KEY, false);
    database = database(resources, listeners);
    records =
        family(resources)
            .setMemtableWholeKeyFiltering(true)
            .setMemtablePrefixBloomSizeRatio(MEMTABLE_FILTER_SHARE);
    others = family(resources); // few keys, or read in their order: no use for such a filter
  }

  private static DBOptions database(
      RocksDbResources resources, List<AbstractEventListener> listeners) {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setEnv(resources.env())
        .setWriteBufferManager(resources.writeBuffers())
        .setRateLimiter(resources.pace().limiter())
        .setMaxBackgroundJobs(resources.options().backgroundThreads() + 1)
        .setMaxOpenFiles(resources.options().openFilesPerStorage())
        // Without a write-ahead log, families flushed apart would be of different moments.
        .setAtomicFlush(true)
        .setParanoidChecks(true)
        // One thread writes.
        .setAllowConcurrentMemtableWrite(false)
        .setEnableWriteThreadAdaptiveYield(false)
        .setBytesPerSync(MIB)
        .setManifestPreallocationSize(64 * KIB)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(4 * MIB)
        .setKeepLogFileNum(4)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0)
        .setSkipStatsUpdateOnDbOpen(true)
        .setListeners(listeners);
  }

  private ColumnFamilyOptions family(RocksDbResources resources) {
    long writeBuffer =
        Math.max(64 * KIB, (long) (resources.options().writeBufferBytes() / 4 * share));
    List<CompressionType> compression = new ArrayList<>();
    for (int level = 0; level < LEVELS; level++) {
      compression.add(
          level < SMALLEST_COMPRESSED_LEVEL
              ? CompressionType.NO_COMPRESSION
              : CompressionType.LZ4_COMPRESSION);
    }
    return new ColumnFamilyOptions()
        .setWriteBufferSize(writeBuffer)
        .setArenaBlockSize(MEMTABLE_BLOCK)
        .setMaxWriteBufferNumber(4)
        .setNumLevels(LEVELS)
        .setCompressionPerLevel(compression)
        .setLevelCompactionDynamicLevelBytes(true)
        .setMaxBytesForLevelBase(4 * writeBuffer)
        .setTargetFileSizeBase(Math.max(MIB, Math.min(64 * MIB, 2 * writeBuffer)))
        .setForceConsistencyChecks(true)
        .setTableFormatConfig(table(resources));
  }

  private BlockBasedTableConfig table(RocksDbResources resources) {
    return new BlockBasedTableConfig()
        .setBlockCache(resources.cache())
        .setBlockSize(8 * KIB)
        .setCacheIndexAndFilterBlocks(true)
        .setCacheIndexAndFilterBlocksWithHighPriority(true)
        .setPinL0FilterAndIndexBlocksInCache(true)
        .setFilterPolicy(filter)
        .setWholeKeyFiltering(true)
        .setOptimizeFiltersForMemory(true)
        .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash);
  }

  DBOptions database() {
    return database;
  }

  List<ColumnFamilyDescriptor> families() {
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    for (ColumnFamily name : ColumnFamily.values()) {
      descriptors.add(
          new ColumnFamilyDescriptor(
              Names.bytes(name), name == ColumnFamily.RECORDS ? records : others));
    }
    return descriptors;
  }

  @Override
  public void close() {
    database.close();
    records.close();
    others.close();
    filter.close();
  }
}
