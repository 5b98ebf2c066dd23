package kvstore.tools.verify.fault;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connection from a node to another, with the proxy in the middle. For the proxy's thread. */
final class Relay {

  private static final int UNKNOWN = -1;

  private final SocketChannel dialer;
  private final SocketChannel target;
  private final SelectionKey dialerKey;
  private final SelectionKey targetKey;
  private final Flow there;
  private final Flow back;
  private final int to;
  private int from = UNKNOWN;
  private boolean greeted;
  private boolean closed;

  private Relay(
      Selector selector, SocketChannel dialer, SocketChannel target, int to, boolean connected)
      throws IOException {
    this.dialer = dialer;
    this.target = target;
    this.to = to;
    this.there = new Flow(dialer, target);
    this.back = new Flow(target, dialer);
    this.dialerKey = dialer.register(selector, SelectionKey.OP_READ, this);
    this.targetKey =
        target.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
  }

  /** Takes a connection for the node {@code to}. */
  static Relay open(Selector selector, SocketChannel dialer, SocketAddress node, int to)
      throws IOException {
    SocketChannel target = SocketChannel.open();
    try {
      for (SocketChannel channel : List.of(dialer, target)) {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      boolean connected = target.connect(node);
      return new Relay(selector, dialer, target, to, connected);
    } catch (IOException e) {
      target.close();
      throw e;
    }
  }

  /** What was done to its bytes since it was last asked. */
  Touched takeTouched() {
    return there.takeTouched().plus(back.takeTouched());
  }

  boolean isClosed() {
    return closed;
  }

  /** Whether it joins these two nodes, whoever of them has connected. */
  boolean joins(int one, int other) {
    return from == one && to == other || from == other && to == one;
  }

  /** What the selector found ready. */
  void ready(SelectionKey key, long now) {
    try {
      if (key.isConnectable() && target.finishConnect()) {
        key.interestOps(SelectionKey.OP_READ);
      }
      if (key.isReadable()) {
        (key == dialerKey ? there : back).read(now);
      }
    } catch (IOException e) {
      close(true); // nobody listens there
    }
  }

  /**
   * Moves what is due.
   *
   * @param rules by the numbers of the nodes, from and to
   * @return nanoseconds until more is due
   */
  long pump(long now, LinkRule[][] rules, List<String> names) {
    if (closed || !target.isConnected()) {
      return Long.MAX_VALUE;
    }
    if (!greeted && !greet(names)) {
      if (there.isDone()) {
        close(false);
      }
      return Long.MAX_VALUE;
    }
    LinkRule out = from == UNKNOWN ? LinkRule.OPEN : rules[from][to];
    LinkRule in = from == UNKNOWN ? LinkRule.OPEN : rules[to][from];
    send(there, back, now, out);
    send(back, there, now, in);
    if (there.isDone() && !out.blocked() || back.isDone() && !in.blocked()) {
      close(false);
      return Long.MAX_VALUE;
    }
    interest(dialerKey, there, back);
    interest(targetKey, back, there);
    return Math.min(there.nanosUntilDue(now, out), back.nanosUntilDue(now, in));
  }

  private static void send(Flow flow, Flow opposite, long now, LinkRule rule) {
    try {
      flow.write(now, rule);
    } catch (IOException e) {
      opposite.end(); // the sink is gone: the other end learns of it when that may pass
      flow.end();
    }
  }

  private static void interest(SelectionKey key, Flow asSource, Flow asSink) {
    if (key.isValid()) {
      key.interestOps(
          (asSource.wantsRead() ? SelectionKey.OP_READ : 0)
              | (asSink.wantsWrite() ? SelectionKey.OP_WRITE : 0));
    }
  }

  /** Whether it is known by now who connects. */
  private boolean greet(List<String> names) {
    @Nullable String name = Greeting.nameIn(there.peek(Greeting.MOST_BYTES));
    if (name == null) {
      return false;
    }
    from = names.indexOf(name);
    greeted = true;
    return true;
  }

  /**
   * @param reset whether both ends see a reset connection rather than an ordered end
   */
  void close(boolean reset) {
    closed = true;
    for (SocketChannel channel : List.of(dialer, target)) {
      try {
        if (reset) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        channel.close();
      } catch (IOException e) {
        // it is gone all the same
      }
    }
  }
}
