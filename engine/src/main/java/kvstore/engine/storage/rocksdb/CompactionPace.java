package kvstore.engine.storage.rocksdb;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactionJobInfo;
import org.rocksdb.FlushJobInfo;
import org.rocksdb.RateLimiter;
import org.rocksdb.RateLimiterMode;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Spreads the work of compactions over time, for all storages of a node: at full speed one takes a
 * core and the disk for a second or more, from requests that want them too. While a storage has
 * twice as many files as a compaction begins with, they work as fast as they can; also while it
 * flushes, since a flush makes room for writes, and RocksDB has one bound for both. Thread-safe.
 */
final class CompactionPace implements AutoCloseable {

  /** More than one thread compacts, and yet little in one period: it keeps what is left of that. */
  private static final long FAST = 512 << 20;

  private static final long REFILL_MICROS = 10_000;
  private static final int FAIRNESS = 10;

  /** Twice as many as start a compaction; writes are slowed from 20 on. */
  private static final int MANY_FILES = 8;

  private static final String FILES = "rocksdb.num-files-at-level0";

  private final long calm;
  private final RateLimiter limiter;
  private final Set<Events> hurried = ConcurrentHashMap.newKeySet();

  /**
   * @param bytesPerSecond what compactions write, unless there is much to do; 0: 512 MiB
   */
  CompactionPace(long bytesPerSecond) {
    calm = bytesPerSecond == 0 ? FAST : bytesPerSecond;
    limiter = new RateLimiter(calm, REFILL_MICROS, FAIRNESS, RateLimiterMode.WRITES_ONLY, false);
  }

  RateLimiter limiter() {
    return limiter;
  }

  /** Listens to one storage; to be closed with it. */
  Events listener() {
    return new Events();
  }

  private synchronized void change(Events storage, boolean hurry) {
    if (hurry ? hurried.add(storage) : hurried.remove(storage)) {
      limiter.setBytesPerSecond(hurried.isEmpty() ? calm : Math.max(calm, FAST));
    }
  }

  @Override
  public void close() {
    limiter.close();
  }

  /**
   * Of one storage, on RocksDB's background threads: those that flush and those that compact.
   * RocksDB holds no lock of its own meanwhile.
   */
  final class Events extends AbstractEventListener {
    // guarded by this
    private List<ColumnFamilyHandle> families = List.of();
    private boolean flushing;
    private boolean many;

    private Events() {
      super(
          EnabledEventCallback.ON_FLUSH_BEGIN,
          EnabledEventCallback.ON_FLUSH_COMPLETED,
          EnabledEventCallback.ON_COMPACTION_COMPLETED);
    }

    /** The storage is open, and has these families. */
    synchronized void opened(RocksDB database, List<ColumnFamilyHandle> opened) {
      families = List.copyOf(opened);
      look(database);
    }

    /** Its families are about to be closed. */
    synchronized void closing() {
      families = List.of();
    }

    @Override
    public synchronized void onFlushBegin(RocksDB database, FlushJobInfo flush) {
      flushing = true;
      changed();
    }

    /** Not told of a flush that failed: its storage takes its time back with the next one. */
    @Override
    public synchronized void onFlushCompleted(RocksDB database, FlushJobInfo flush) {
      flushing = false;
      look(database);
    }

    @Override
    public synchronized void onCompactionCompleted(RocksDB database, CompactionJobInfo compaction) {
      look(database);
    }

    private void look(RocksDB database) {
      many = false;
      for (ColumnFamilyHandle family : families) {
        many |= files(database, family) >= MANY_FILES;
      }
      changed();
    }

    private static long files(RocksDB database, ColumnFamilyHandle family) {
      try {
        return Long.parseLong(database.getProperty(family, FILES));
      } catch (RocksDBException | NumberFormatException e) {
        return 0;
      }
    }

    private void changed() {
      change(this, flushing || many);
    }

    @Override
    public void close() {
      change(this, false);
      super.close();
    }
  }
}
