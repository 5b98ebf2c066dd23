package kvstore.engine.storage.rocksdb;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.rocksdb.Cache;
import org.rocksdb.Env;
import org.rocksdb.LRUCache;
import org.rocksdb.Priority;
import org.rocksdb.WriteBufferManager;

/**
 * Native memory and threads that all storages of a node share, so that their use is bounded however
 * many storages there are. Close it after the storages.
 */
public final class RocksDbResources implements AutoCloseable {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final int ALL_SHARDS_AUTOMATIC = -1;
  private static final double SHARE_FOR_INDEXES = 0.5;

  /**
   * Sizes.
   *
   * @param cacheBytes block cache, write buffers included
   * @param writeBufferBytes the part of it that writes may take before they are flushed
   * @param compactionBytesPerSecond what flushes and compactions write, unless there is much to do;
   *     0: 512 MiB
   * @param backgroundThreads for flushes and compactions
   * @param openFilesPerStorage table files that a storage keeps open; -1: all
   */
  public record Options(
      long cacheBytes,
      long writeBufferBytes,
      long compactionBytesPerSecond,
      int backgroundThreads,
      int openFilesPerStorage) {

    /** Fits a node with 256 MiB of native memory. */
    public static final Options DEFAULT = new Options(160 * MIB, 64 * MIB, 16 * MIB, 2, 512);

    /** For tests: a few MiB. */
    public static final Options TINY = new Options(4 * MIB, 2 * MIB, 0, 2, 64);

    public Options {
      if (writeBufferBytes < 256 * KIB || cacheBytes < writeBufferBytes) {
        throw new IllegalArgumentException(
            "expected write buffers of at least 256 KiB and a cache at least as large, but got "
                + writeBufferBytes
                + " and "
                + cacheBytes
                + " bytes");
      }
      if (backgroundThreads < 1 || compactionBytesPerSecond < 0) {
        throw new IllegalArgumentException(
            "expected at least one background thread and no negative rate");
      }
    }
  }

  static {
    NativeLibrary.load();
  }

  private final Options options;
  private final Cache cache;
  private final WriteBufferManager writeBuffers;
  private final CompactionPace pace;
  private final Env env;
  private final RandomGenerator dice;

  public RocksDbResources(Options options) {
    this(options, 0);
  }

  /**
   * @param seed of what is chosen by chance, so that not every node does the same at the same
   *     moment: another on each
   */
  public RocksDbResources(Options options, long seed) {
    this.options = options;
    dice = new SplittableRandom(seed);
    cache = new LRUCache(options.cacheBytes(), ALL_SHARDS_AUTOMATIC, false, SHARE_FOR_INDEXES);
    writeBuffers = new WriteBufferManager(options.writeBufferBytes(), cache);
    pace = new CompactionPace(options.compactionBytesPerSecond());
    env = Env.getDefault();
    env.incBackgroundThreadsIfNeeded(options.backgroundThreads(), Priority.LOW);
    env.incBackgroundThreadsIfNeeded(1, Priority.HIGH);
  }

  /** From 0 to below 1, another each time. */
  synchronized double chance() {
    return dice.nextDouble();
  }

  Options options() {
    return options;
  }

  Cache cache() {
    return cache;
  }

  WriteBufferManager writeBuffers() {
    return writeBuffers;
  }

  CompactionPace pace() {
    return pace;
  }

  Env env() {
    return env;
  }

  @Override
  public void close() {
    pace.close();
    writeBuffers.close();
    cache.close();
  }
}
