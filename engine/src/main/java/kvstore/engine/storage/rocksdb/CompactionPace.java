package kvstore.engine.storage.rocksdb;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.engine.storage.ColumnFamily;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactionJobInfo;
import org.rocksdb.FlushJobInfo;
import org.rocksdb.MemTableInfo;
import org.rocksdb.RateLimiter;
import org.rocksdb.RateLimiterMode;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Spreads the work of compactions over time, for all storages of a node: at full speed one takes a
 * core and the disk for a second or more, from requests that want them too. With each file that
 * piles up in a storage the bound doubles. Flushes have the same bound in RocksDB, and come first;
 * it is taken away while two write buffers of a storage wait to be flushed, since writes would soon
 * wait for them, and for the flush of a checkpoint or of a storage that is closed. Thread-safe.
 */
final class CompactionPace implements AutoCloseable {

  /** More than one thread compacts, and yet little in one period: it keeps what is left of that. */
  private static final long FAST = 512 << 20;

  private static final long REFILL_MICROS = 10_000;
  private static final int FAIRNESS = 10;

  /** One more than start a compaction; writes are slowed from 20 on. */
  private static final int USUAL_FILES = 5;

  private static final int MOST_DOUBLINGS = 20;

  /** With one more that waits, writes are slowed. */
  private static final int MANY_WAITING = 2;

  private static final String FILES = "rocksdb.num-files-at-level0";
  private static final String WAITING = "rocksdb.num-immutable-mem-table";

  private final long calm;
  private final RateLimiter limiter;

  /** What storages want that have more to do than usual. Guarded by this. */
  private final Map<Events, Long> wanted = new HashMap<>();

  /**
   * @param bytesPerSecond what compactions and flushes write, unless there is much to do; 0: 512
   *     MiB
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

  /** Takes no lock of RocksDB's, which those that tell of something may hold. */
  private synchronized void changed(Events storage) {
    long wants = storage.wants();
    if (wants > calm) {
      wanted.put(storage, wants);
    } else {
      wanted.remove(storage);
    }
    long most = calm;
    for (long each : wanted.values()) {
      most = Math.max(most, each);
    }
    if (limiter.getBytesPerSecond() != most) {
      limiter.setBytesPerSecond(most);
    }
  }

  @Override
  public void close() {
    limiter.close();
  }

  /**
   * Of one storage, on RocksDB's background threads: those that flush and those that compact; and
   * on the one that writes.
   */
  final class Events extends AbstractEventListener {
    /** Guarded by this. */
    private List<ColumnFamilyHandle> families = List.of();

    private final AtomicInteger awaited = new AtomicInteger();
    private final AtomicLong waiting = new AtomicLong();
    private volatile long files;
    private volatile boolean closed;

    private Events() {
      super(
          EnabledEventCallback.ON_MEMTABLE_SEALED,
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

    /** Somebody waits for what is flushed, from here to {@link #flushed} or {@link #close}. */
    void flushing() {
      if (!closed) {
        awaited.incrementAndGet();
        changed(this);
      }
    }

    void flushed() {
      awaited.decrementAndGet();
      changed(this);
    }

    @Override
    public void onMemTableSealed(MemTableInfo sealed) {
      if (sealed.getColumnFamilyName().equals(ColumnFamily.RECORDS.label())) {
        waiting.incrementAndGet();
        changed(this);
      }
    }

    /** Not told of a flush that failed: what waits is counted again after the next one. */
    @Override
    public synchronized void onFlushCompleted(RocksDB database, FlushJobInfo flush) {
      look(database);
    }

    @Override
    public synchronized void onCompactionCompleted(RocksDB database, CompactionJobInfo compaction) {
      look(database);
    }

    private void look(RocksDB database) {
      long most = 0;
      long buffers = 0;
      for (ColumnFamilyHandle family : families) {
        most = Math.max(most, number(database, family, FILES));
        buffers = Math.max(buffers, number(database, family, WAITING));
      }
      files = most;
      waiting.set(buffers);
      changed(this);
    }

    private static long number(RocksDB database, ColumnFamilyHandle family, String property) {
      try {
        return Long.parseLong(database.getProperty(family, property));
      } catch (RocksDBException | NumberFormatException e) {
        return 0;
      }
    }

    private long wants() {
      if (waiting.get() >= MANY_WAITING || awaited.get() > 0) {
        return FAST;
      }
      long more = Math.max(0, Math.min(MOST_DOUBLINGS, files - USUAL_FILES));
      return Math.min(FAST, calm << more);
    }

    @Override
    public void close() {
      closed = true;
      files = 0;
      waiting.set(0);
      awaited.set(0);
      changed(this);
      super.close();
    }
  }
}
