package kvstore.server.shard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says where reads of one key are made that the node's own memory may not answer: by the I/O pool,
 * since a thread that waits for a disk serves nobody, or at once on the thread that asks. The
 * latter while the operating system has in its memory whatever is read: then a read takes less time
 * than to ask the cache in vain, hand it to another thread, and hear of its outcome.
 *
 * <p>Which it is the operating system tells, that counts what a process was brought from a disk.
 * Once it grows by more than a few blocks a second, reads go to the pool again, until for a while
 * it has not; each time for twice as long. Where the count tells nothing, as of some file systems
 * over a network, many slow reads have the same effect; where there is none, reads always go to the
 * pool.
 *
 * <p>One for all shards of a node. Any thread.
 */
public final class ReadPlace {

  /** A read of 8 KiB from memory takes some 10 µs; a good disk needs 80. */
  static final Duration SLOW = Duration.ofNanos(100_000);

  /** How often the count is looked at, which takes some 15 µs. */
  static final Duration LOOK_EVERY = Duration.ofMillis(10);

  /**
   * So much may come from a disk in a second, and at once: eight blocks. A file system reads a
   * block of its own now and then, as files come and go.
   */
  static final long FEW_BYTES = 64 << 10;

  static final Duration SHORTEST_QUIET = Duration.ofSeconds(1);
  static final Duration LONGEST_QUIET = Duration.ofSeconds(64);

  /** Reads to be seen before anything is concluded from how many of them were slow. */
  static final int ENOUGH_READS = 256;

  /**
   * That many slow reads, and more than half of all, are too many. Of those that memory answers a
   * machine with more to do than it can do interrupts one in eight.
   */
  static final int MANY_SLOW = 64;

  private static final int SLOW_ONE_IN = 2;
  private static final int ENOUGH_TO_FORGET = 4 * ENOUGH_READS;

  private static final Logger LOG = LoggerFactory.getLogger(ReadPlace.class);

  private final LongSupplier bytesFromDisk;
  private final ReentrantLock looking = new ReentrantLock();
  private final LongAdder reads = new LongAdder();
  private final LongAdder slow = new LongAdder();
  private volatile boolean here;
  private volatile long lookedAt;

  // Under the lock.
  private long bytes;
  private double ofLate;
  private long since;
  private Duration quiet = SHORTEST_QUIET;

  /**
   * @param bytesFromDisk bytes that a disk has delivered to this process; negative if not known
   * @param now in nanoseconds, as those of {@link #took}
   */
  ReadPlace(LongSupplier bytesFromDisk, long now) {
    this.bytesFromDisk = bytesFromDisk;
    bytes = bytesFromDisk.getAsLong();
    since = now;
    lookedAt = now;
  }

  /** As the operating system tells of this process; in the time of {@link System#nanoTime}. */
  public static ReadPlace ofProcess() {
    Path account = Path.of("/proc/self/io");
    return new ReadPlace(() -> bytesRead(account), System.nanoTime());
  }

  /** All that memory cannot answer goes to the pool. */
  public static ReadPlace pool() {
    return new ReadPlace(() -> -1, 0);
  }

  private static long bytesRead(Path account) {
    try {
      for (String line : Files.readAllLines(account)) {
        if (line.startsWith("read_bytes: ")) {
          return Long.parseLong(line.substring("read_bytes: ".length()));
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.debug("Cannot tell what was read from a disk", e);
    }
    return -1;
  }

  /** Whether to read at once, from whichever memory or disk has it. */
  boolean isHere() {
    return here;
  }

  /** Tells of a read of one key, wherever it was made, that the disk was allowed to answer. */
  void took(long begun, long ended) {
    reads.increment();
    boolean wasSlow = ended - begun > SLOW.toNanos();
    if (wasSlow) {
      slow.increment();
    }
    if (wasSlow && here || ended - lookedAt > LOOK_EVERY.toNanos()) {
      look(ended);
    }
  }

  private void look(long now) {
    if (!looking.tryLock()) {
      return; // another thread does
    }
    try {
      boolean manyBytes = countBytes(now);
      if (here) {
        stayOrLeave(manyBytes, now);
      } else {
        waitOrReturn(manyBytes, now);
      }
    } finally {
      looking.unlock();
    }
  }

  /** A leaky bucket; whether it has run over. */
  private boolean countBytes(long now) {
    double leaked = (double) FEW_BYTES * (now - lookedAt) / Duration.ofSeconds(1).toNanos();
    lookedAt = now;
    long before = bytes;
    bytes = bytesFromDisk.getAsLong();
    ofLate = Math.max(0, ofLate + (bytes - before) - leaked);
    return bytes < 0 || ofLate > FEW_BYTES;
  }

  private void stayOrLeave(boolean manyBytes, long now) {
    if (manyBytes || manyAreSlow()) {
      here = false;
      restart(now);
      quiet = quiet.multipliedBy(2);
      if (quiet.compareTo(LONGEST_QUIET) > 0) {
        quiet = LONGEST_QUIET;
      }
      LOG.debug("Reads go to the I/O pool, for {} at least", quiet);
    } else if (now - since > LONGEST_QUIET.toNanos()) {
      quiet = SHORTEST_QUIET;
    }
    if (reads.sum() >= ENOUGH_TO_FORGET) {
      forgetReads();
    }
  }

  private void waitOrReturn(boolean manyBytes, long now) {
    if (manyBytes) {
      restart(now);
    } else if (now - since >= quiet.toNanos() && reads.sum() >= ENOUGH_READS) {
      here = !manyAreSlow();
      restart(now);
    }
  }

  private boolean manyAreSlow() {
    long slowOnes = slow.sum();
    return slowOnes >= MANY_SLOW && slowOnes * SLOW_ONE_IN > reads.sum();
  }

  private void restart(long now) {
    since = now;
    ofLate = 0;
    forgetReads();
  }

  private void forgetReads() {
    reads.reset();
    slow.reset();
  }
}
