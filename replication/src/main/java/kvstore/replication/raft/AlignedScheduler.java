package kvstore.replication.raft;

import com.alipay.sofa.jraft.core.Scheduler;
import com.alipay.sofa.jraft.util.NamedThreadFactory;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs what is due after the same short delay at the same moments, for all groups of the process.
 * The Raft library plans each heartbeat one interval after the answer to the one before, so those
 * of many groups would spread over the interval, each waking threads, sockets and the peer by
 * itself. Here they are due together, and travel together.
 *
 * <p>A heartbeat comes up to three quarters of an interval early for that, or one quarter late:
 * rather early, so that while answers take less than those three quarters, heartbeats leave once in
 * an interval, and not in an interval and the time that an answer takes. Delays that are not short
 * (time limits, heartbeats with an election timeout of seconds) are kept as they are.
 */
final class AlignedScheduler implements Scheduler {

  /** Shared by all groups, and never shut down: its threads are daemons. */
  static final AlignedScheduler SHARED = new AlignedScheduler();

  /** What runs here hands over to other threads at once. */
  private static final int THREADS = 1;

  private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The library asks for a heartbeat's interval less the time since the answer, which is a few. */
  private static final long GRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ScheduledThreadPoolExecutor executor;

  private AlignedScheduler() {
    executor =
        new ScheduledThreadPoolExecutor(THREADS, new NamedThreadFactory("raft-timer-", true));
    executor.setRemoveOnCancelPolicy(true);
  }

  /** The delay to a multiple of {@code delayNanos}, in whole grains, that is near to its end. */
  static long aligned(long nowNanos, long delayNanos) {
    long period = Math.round((double) delayNanos / GRAIN_NANOS) * GRAIN_NANOS;
    if (delayNanos >= SHORT_NANOS || period == 0) {
      return delayNanos;
    }
    long due = nowNanos + delayNanos;
    long before = Math.floorMod(due, period);
    return delayNanos - before + (before < period / 4 * 3 ? 0 : period);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    long nanos = aligned(System.nanoTime(), unit.toNanos(delay));
    return executor.schedule(command, nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return executor.scheduleAtFixedRate(command, initialDelay, period, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return executor.scheduleWithFixedDelay(command, initialDelay, delay, unit);
  }

  /** Each group says this when it ends; others go on. */
  @Override
  public void shutdown() {}
}
