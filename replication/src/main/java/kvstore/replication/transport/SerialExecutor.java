package kvstore.replication.transport;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks in order and one at a time on the threads of another executor, and none while its gate
 * is shut. Thread-safe.
 */
final class SerialExecutor implements Executor {

  private static final Logger logger = LoggerFactory.getLogger(SerialExecutor.class);

  /** Tasks run in a row before others get the thread. */
  private static final int TURN = 64;

  /** Until a gate that is shut is looked at again. */
  private static final long SHUT_MILLIS = 3;

  private final Executor threads;
  private final Executor threadsLater;
  private final BooleanSupplier gate;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();

  SerialExecutor(Executor threads) {
    this(threads, () -> true);
  }

  /**
   * @param gate whether tasks may run, asked before each
   */
  SerialExecutor(Executor threads, BooleanSupplier gate) {
    this.threads = threads;
    this.threadsLater =
        CompletableFuture.delayedExecutor(SHUT_MILLIS, TimeUnit.MILLISECONDS, threads);
    this.gate = gate;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (pending.getAndIncrement() == 0) {
      threads.execute(this::turn);
    }
  }

  /**
   * Runs the task before it returns if nothing waits before it and the gate is open; else it is
   * queued as by {@link #execute}. For a thread that may be held up for as long as the task takes.
   */
  void executeHere(Runnable task) {
    if (!gate.getAsBoolean() || !pending.compareAndSet(0, 1)) {
      execute(task);
      return;
    }
    run(task);
    if (pending.decrementAndGet() > 0) {
      threads.execute(this::turn);
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      logger.error("A task of the Raft transport failed", e);
    }
  }

  private void turn() {
    int done = 0;
    do {
      if (!gate.getAsBoolean()) {
        threadsLater.execute(this::turn);
        return;
      }
      Runnable task = tasks.poll();
      if (task == null) {
        throw new IllegalStateException("expected as many tasks as were counted");
      }
      run(task);
      done++;
      if (pending.decrementAndGet() == 0) {
        return;
      }
    } while (done < TURN);
    threads.execute(this::turn);
  }
}
