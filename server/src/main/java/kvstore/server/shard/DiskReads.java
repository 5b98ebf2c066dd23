package kvstore.server.shard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import kvstore.server.burst.Burst;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands reads to the I/O pool. Where the data is larger than the cache nearly every read goes
 * there, and most find what they want in the memory of the operating system, in less time than it
 * takes to wake a thread. So those of one {@link Burst} are handed over together, to as many
 * threads as a disk can use at once, and their replies wake an event loop together.
 *
 * <p>Any thread may add.
 */
final class DiskReads {

  private static final Logger LOG = LoggerFactory.getLogger(DiskReads.class);

  /** Into so many parts the reads of a burst are shared out, at most. */
  private static final int PARTS = 4;

  /** A reply waits for so many reads after its own, at most. */
  private static final int REPLIES_TOGETHER = 8;

  private record Waiting(Runnable read, Runnable refused) {}

  private final Executor pool;
  private final ThreadLocal<Gathered> ofThread = ThreadLocal.withInitial(Gathered::new);

  /**
   * @param pool runs what may block; refuses when full
   */
  DiskReads(Executor pool) {
    this.pool = pool;
  }

  /**
   * @param alone whether it takes long, so that nothing may wait behind it
   * @param read to be run by the pool
   * @param refused run instead, on this thread, if the pool is full
   */
  void add(boolean alone, Runnable read, Runnable refused) {
    Waiting waiting = new Waiting(read, refused);
    if (alone) {
      submit(List.of(waiting));
    } else {
      Gathered gathered = ofThread.get();
      gathered.reads.add(waiting);
      Burst.afterwards(gathered);
    }
  }

  /** What one thread has added in a burst. */
  private final class Gathered implements Runnable {
    private List<Waiting> reads = new ArrayList<>();

    @Override
    public void run() {
      List<Waiting> all = reads;
      reads = new ArrayList<>();
      int size = (all.size() + PARTS - 1) / PARTS;
      for (int from = 0; from < all.size(); from += size) {
        submit(all.subList(from, Math.min(all.size(), from + size)));
      }
    }
  }

  private void submit(List<Waiting> some) {
    try {
      pool.execute(() -> readAll(some));
    } catch (RejectedExecutionException e) {
      some.forEach(waiting -> waiting.refused.run());
    }
  }

  private static void readAll(List<Waiting> some) {
    boolean own = Burst.begin();
    try {
      for (int i = 0; i < some.size(); i++) {
        if (own && i > 0 && i % REPLIES_TOGETHER == 0) {
          Burst.end();
          own = Burst.begin();
        }
        readOne(some.get(i));
      }
    } finally {
      if (own) {
        Burst.end();
      }
    }
  }

  private static void readOne(Waiting waiting) {
    try {
      waiting.read.run();
    } catch (RuntimeException e) {
      LOG.error("A read failed; its deadline will answer it", e);
    }
  }
}
