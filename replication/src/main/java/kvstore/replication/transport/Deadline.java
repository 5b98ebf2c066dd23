package kvstore.replication.transport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One timer for many requests: it fires at the earliest deadline named since it last fired, and the
 * scan it starts names those that remain. A steady flow of requests with the same timeout costs one
 * scan per timeout. Event loop only.
 */
final class Deadline {

  /** Deadlines closer together than this share a scan. */
  private static final long GRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final EventLoop loop;
  private final LongConsumer scan;
  private long at;
  private @Nullable ScheduledFuture<?> timer;

  /**
   * @param scan ends what is due at the time given, and calls {@link #lower} for the rest
   */
  Deadline(EventLoop loop, LongConsumer scan) {
    this.loop = loop;
    this.scan = scan;
  }

  void lower(long deadlineNanos) {
    if (timer != null) {
      if (deadlineNanos - at >= 0) {
        return;
      }
      timer.cancel(false);
    }
    at = deadlineNanos;
    long delay = Math.max(0, at - System.nanoTime()) + GRAIN_NANOS;
    timer = loop.schedule(this::fire, delay, TimeUnit.NANOSECONDS);
  }

  private void fire() {
    timer = null;
    scan.accept(System.nanoTime());
  }

  void cancel() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
