package kvstore.replication.raft;

import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands in the place of the timer with which the Raft library gives up waiting for a peer to catch
 * up. Nothing runs when it is over; whoever watches the wait looks at it. For one thread at a time.
 */
final class LongWait implements ScheduledFuture<Object> {

  private final long endNanos;
  private boolean cancelled;

  /**
   * @param endNanos when it is over, on {@link System#nanoTime}
   */
  LongWait(long endNanos) {
    this.endNanos = endNanos;
  }

  boolean isOver(long nowNanos) {
    return nowNanos - endNanos >= 0;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean first = !cancelled;
    cancelled = true;
    return first;
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public boolean isDone() {
    return cancelled;
  }

  @Override
  public long getDelay(TimeUnit unit) {
    return unit.convert(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public int compareTo(Delayed other) {
    return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }

  @Override
  public @Nullable Object get() {
    throw new UnsupportedOperationException("nothing runs");
  }

  @Override
  public @Nullable Object get(long timeout, TimeUnit unit) {
    throw new UnsupportedOperationException("nothing runs");
  }
}
