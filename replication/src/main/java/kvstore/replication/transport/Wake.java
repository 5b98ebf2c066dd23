package kvstore.replication.transport;

import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes an event loop take from a queue what other threads have put there: at once, or, for what
 * comes in bursts from many threads and may wait for the rest of the burst, a moment later. To be
 * called after putting. Thread-safe.
 */
final class Wake {

  /** Long enough for the heartbeats of all groups, short beside any timeout. */
  private static final long MOMENT_MICROS = 1_000;

  private final EventLoop loop;
  private final Runnable drain;
  private final AtomicBoolean now = new AtomicBoolean();
  private final AtomicBoolean soon = new AtomicBoolean();

  /**
   * @param drain takes all there is; on the event loop
   */
  Wake(EventLoop loop, Runnable drain) {
    this.loop = loop;
    this.drain = drain;
  }

  /**
   * @throws RejectedExecutionException if the loop has ended; then nobody will drain
   */
  void now() {
    if (now.compareAndSet(false, true)) {
      try {
        loop.execute(() -> run(now));
      } catch (RejectedExecutionException e) {
        now.set(false);
        throw e;
      }
    }
  }

  /**
   * @throws RejectedExecutionException as for {@link #now}
   */
  void soon() {
    if (!now.get() && soon.compareAndSet(false, true)) {
      try {
        var unused = loop.schedule(() -> run(soon), MOMENT_MICROS, TimeUnit.MICROSECONDS);
      } catch (RejectedExecutionException e) {
        soon.set(false);
        throw e;
      }
    }
  }

  private void run(AtomicBoolean flag) {
    flag.set(false); // before draining: what is put from here on wakes again
    drain.run();
  }
}
