package kvstore.replication.transport;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks in order and one at a time on the threads of another executor. Thread-safe. */
final class SerialExecutor implements Executor {

  private static final Logger logger = LoggerFactory.getLogger(SerialExecutor.class);

  /** Tasks run in a row before others get the thread. */
  private static final int TURN = 64;

  private final Executor threads;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();

  SerialExecutor(Executor threads) {
    this.threads = threads;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (pending.getAndIncrement() == 0) {
      threads.execute(this::turn);
    }
  }

  private void turn() {
    int done = 0;
    do {
      Runnable task = tasks.poll();
      if (task == null) {
        throw new IllegalStateException("expected as many tasks as were counted");
      }
      try {
        task.run();
      } catch (RuntimeException e) {
        logger.error("A task of the Raft transport failed", e);
      }
      done++;
      if (pending.decrementAndGet() == 0) {
        return;
      }
    } while (done < TURN);
    threads.execute(this::turn);
  }
}
