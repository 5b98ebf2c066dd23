package kvstore.server.net;

import io.netty.channel.EventLoop;
import java.util.concurrent.atomic.AtomicReference;
import kvstore.server.burst.Burst;
import org.jspecify.annotations.Nullable;

/**
 * Connections of one event loop that have new answers. However many answers other threads bring,
 * the loop is woken once and each connection is flushed once.
 */
final class LoopInbox {

  private final EventLoop loop;
  private final AtomicReference<@Nullable Connection> newest = new AtomicReference<>();
  private final Runnable drain = this::drain;
  private final Runnable wake = this::wake;

  LoopInbox(EventLoop loop) {
    this.loop = loop;
  }

  /**
   * Adds a connection that is in no inbox; any thread. Whoever finds it empty wakes the loop, at
   * the end of its {@link Burst}.
   */
  void add(Connection connection) {
    Connection before;
    do {
      before = newest.get();
      connection.nextInInbox(before);
    } while (!newest.compareAndSet(before, connection));
    if (before == null) {
      Burst.afterwards(wake);
    }
  }

  private void wake() {
    loop.execute(drain);
  }

  private void drain() {
    Connection connection = newest.getAndSet(null);
    while (connection != null) {
      Connection next = connection.takeNextInInbox();
      connection.answered();
      connection = next;
    }
  }
}
