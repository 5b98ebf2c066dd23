package kvstore.replication.log;

import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.MemTableInfo;
import org.rocksdb.RateLimiter;
import org.rocksdb.RateLimiterMode;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Spreads over time what the log's compactions write, as the storages do with theirs: at full speed
 * they take the disk from the syncs that clients wait for. The bound doubles with each file that
 * piles up.
 *
 * <p>RocksDB has the same bound for flushes, so it is taken away from the moment in which a write
 * buffer is full until none waits to be flushed: the flushes of all of a process have one thread,
 * and a snapshot waits for its own behind the log's. Who writes looks whether it is over; without
 * writes there is no need to be slow. Thread-safe.
 */
final class LogPace implements AutoCloseable {

  /** More than a disk takes, and yet little in one period: the limiter keeps what is left of it. */
  private static final long FAST = 512 << 20;

  private static final long REFILL_MICROS = 10_000;
  private static final int FAIRNESS = 10;

  /** Two are compacted together while others come; RocksDB slows writes down from 20 on. */
  private static final int USUAL_FILES = 4;

  private static final int MOST_DOUBLINGS = 20;

  private static final long BYTES_BETWEEN_LOOKS = 1 << 20;

  private static final String FILES = "rocksdb.num-files-at-level0";
  private static final String WAITING = "rocksdb.num-immutable-mem-table";

  static {
    RocksDB.loadLibrary();
  }

  private final long calm;
  private final AtomicLong unseen = new AtomicLong();

  /** At full speed until the first look: opening a log writes what its write-ahead files hold. */
  private final RateLimiter limiter =
      new RateLimiter(FAST, REFILL_MICROS, FAIRNESS, RateLimiterMode.WRITES_ONLY, false);

  private final AbstractEventListener events =
      new AbstractEventListener(AbstractEventListener.EnabledEventCallback.ON_MEMTABLE_SEALED) {
        @Override
        public void onMemTableSealed(MemTableInfo sealed) {
          hurry();
        }
      };

  LogPace(SharedLogOptions options) {
    calm = options.calmBytesPerSecond();
  }

  RateLimiter limiter() {
    return limiter;
  }

  AbstractEventListener events() {
    return events;
  }

  /** Until the next look. */
  void hurry() {
    limiter.setBytesPerSecond(FAST);
  }

  /** So many bytes were written to this log. */
  void wrote(LogDatabase database, long bytes) {
    long seen = unseen.addAndGet(bytes);
    if (seen >= BYTES_BETWEEN_LOOKS && unseen.compareAndSet(seen, 0)) {
      look(database);
    }
  }

  void look(LogDatabase database) {
    long wanted = bytesPerSecond(number(database, FILES), number(database, WAITING));
    if (limiter.getBytesPerSecond() != wanted) {
      limiter.setBytesPerSecond(wanted);
    }
  }

  private static long number(LogDatabase database, String property) {
    try {
      return database.told(property);
    } catch (RocksDBException | NumberFormatException e) {
      return 0;
    }
  }

  /** With so many files in level 0, and so many write buffers that wait to be flushed. */
  long bytesPerSecond(long files, long waiting) {
    if (waiting > 0) {
      return FAST;
    }
    return Math.min(FAST, calm << Math.max(0, Math.min(MOST_DOUBLINGS, files - USUAL_FILES)));
  }

  /** Once the database is closed. */
  @Override
  public void close() {
    events.close();
    limiter.close();
  }
}
