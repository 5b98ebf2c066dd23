package kvstore.testkit.simulation;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A process's timer thread. */
final class SimulatedTimer extends AbstractExecutorService implements ScheduledExecutorService {

  private static final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {
    private final Runnable body;

    Task(Callable<V> callable, Runnable body) {
      super(callable);
      this.body = body;
    }

    /** As a thread does: what fails with an exception fails alone, a death is passed on. */
    void runHere() {
      if (!isCancelled()) {
        body.run();
      }
    }

    @Override
    public long getDelay(TimeUnit unit) {
      throw new UnsupportedOperationException("nobody asks");
    }

    @Override
    public int compareTo(Delayed other) {
      throw new UnsupportedOperationException("nobody asks");
    }
  }

  private final Life life;

  SimulatedTimer(Life life) {
    this.life = life;
  }

  @Override
  public void execute(Runnable command) {
    life.world.after(life.world.between(0, 20 * Rates.MICRO), life, command);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    Task<Void> task = new Task<>(() -> null, command);
    life.world.after(
        late(unit.toNanos(delay)),
        life,
        () -> {
          task.runHere();
          task.run();
        });
    return task;
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    Task<Void> task = new Task<>(() -> null, command);
    repeat(task, unit.toNanos(initialDelay), unit.toNanos(delay));
    return task;
  }

  private void repeat(Task<Void> task, long wait, long delay) {
    life.world.after(
        late(wait),
        life,
        () -> {
          if (!task.isCancelled()) {
            task.runHere();
            repeat(task, delay, delay);
          }
        });
  }

  private long late(long nanos) {
    return nanos + life.world.between(0, 200 * Rates.MICRO);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return scheduleWithFixedDelay(command, initialDelay, period, unit);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    Task<V> task = new Task<>(callable, () -> {});
    life.world.after(late(unit.toNanos(delay)), life, task::run);
    return task;
  }

  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return life.isDead();
  }

  @Override
  public boolean isTerminated() {
    return life.isDead();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
