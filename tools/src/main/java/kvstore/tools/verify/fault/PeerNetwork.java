package kvstore.tools.verify.fault;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The network between nodes of one machine: a TCP proxy in front of each node's peer port, that the
 * others are told instead of the real one. It knows who connects by the greeting, so that one
 * direction between two nodes can be cut. No root is needed.
 *
 * <p>Bytes can be held, delayed, throttled, and connections reset. Loss, duplication and reordering
 * of packets do not exist above TCP: its receiver sees them as delay, or as a reset.
 *
 * <p>Any thread may call; one thread of its own moves the bytes.
 */
public final class PeerNetwork implements Closeable {

  private static final long LONGEST_WAIT_MILLIS = 500;

  private final List<String> names;
  private final Selector selector = Selector.open();
  private final List<ServerSocketChannel> doors = new ArrayList<>();
  private final @Nullable InetSocketAddress[] targets;
  private final List<Relay> relays = new ArrayList<>();
  private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "peer-network");
  private volatile Touched touched = Touched.NOTHING; // written by the thread
  private volatile LinkRule[][] rules;
  private volatile boolean closed;

  private PeerNetwork(List<String> names) throws IOException {
    this.names = List.copyOf(names);
    this.rules = allOpen(names.size());
    this.targets = new InetSocketAddress[names.size()];
  }

  /**
   * Opens a port of its own for each node.
   *
   * @param names ids of the nodes
   */
  public static PeerNetwork open(List<String> names) throws IOException {
    PeerNetwork network = new PeerNetwork(names);
    try {
      for (int node = 0; node < names.size(); node++) {
        ServerSocketChannel door = ServerSocketChannel.open();
        network.doors.add(door);
        door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        door.configureBlocking(false);
        door.register(network.selector, SelectionKey.OP_ACCEPT, node);
      }
    } catch (IOException e) {
      network.close();
      throw e;
    }
    network.thread.setDaemon(true);
    network.thread.start();
    return network;
  }

  /** Where to find each node, to be told to the others. */
  public List<Integer> ports() {
    return doors.stream().map(door -> door.socket().getLocalPort()).toList();
  }

  /** Tells where a node really listens; until then nobody reaches it. */
  public void target(int node, int port) {
    order(() -> targets[node] = new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /** Holds what {@code from} sends to {@code to}. */
  public void cut(int from, int to) {
    change(from, to, rule -> LinkRule.BLOCKED);
  }

  /** Delays what {@code from} sends to {@code to}. */
  public void delay(int from, int to, long nanos) {
    change(from, to, rule -> new LinkRule(rule.blocked(), nanos, rule.bytesPerSecond()));
  }

  /** Bounds how much {@code from} sends to {@code to}. */
  public void throttle(int from, int to, long bytesPerSecond) {
    change(from, to, rule -> new LinkRule(rule.blocked(), rule.delayNanos(), bytesPerSecond));
  }

  /** Ends every connection between two nodes as if one of them had crashed. */
  public void reset(int one, int other) {
    order(() -> {
      for (Relay relay : relays) {
        if (relay.joins(one, other) && !relay.isClosed()) {
          relay.close(true);
          touched = touched.plus(new Touched(0, 0, 1));
        }
      }
    });
  }

  /** What was done to the traffic since the beginning. */
  Touched touched() {
    return touched;
  }

  /** Everything flows again, what was held first. */
  public void heal() {
    order(() -> rules = allOpen(names.size()));
  }

  private void change(int from, int to, UnaryOperator<LinkRule> how) {
    order(() -> {
      LinkRule[][] changed = Arrays.stream(rules).map(LinkRule[]::clone).toArray(LinkRule[][]::new);
      changed[from][to] = how.apply(changed[from][to]);
      rules = changed;
    });
  }

  private static LinkRule[][] allOpen(int nodes) {
    LinkRule[][] open = new LinkRule[nodes][nodes];
    for (LinkRule[] row : open) {
      Arrays.fill(row, LinkRule.OPEN);
    }
    return open;
  }

  private void order(Runnable order) {
    orders.add(order);
    selector.wakeup();
  }

  private void run() {
    long wait = LONGEST_WAIT_MILLIS;
    while (!closed) {
      try {
        selector.select(Math.max(1, wait));
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
          order.run();
        }
        turn();
        wait = pump();
      } catch (IOException e) {
        wait = 1; // an accept that failed: there is another
      }
    }
  }

  private void turn() throws IOException {
    long now = System.nanoTime();
    List<SelectionKey> ready = List.copyOf(selector.selectedKeys());
    selector.selectedKeys().clear();
    for (SelectionKey key : ready) {
      if (!key.isValid()) {
        continue;
      }
      if (key.attachment() instanceof Relay relay) {
        relay.ready(key, now);
      } else if (key.attachment() instanceof Integer node) {
        accept(key, node);
      }
    }
  }

  private void accept(SelectionKey key, int node) throws IOException {
    SocketChannel dialer = ((ServerSocketChannel) key.channel()).accept();
    if (dialer == null) {
      return;
    }
    InetSocketAddress target = targets[node];
    if (target == null) {
      dialer.close();
      return;
    }
    try {
      relays.add(Relay.open(selector, dialer, target, node));
    } catch (IOException e) {
      dialer.close(); // nobody listens there
    }
  }

  /** Milliseconds until there is more to do. */
  private long pump() {
    long now = System.nanoTime();
    long due = Long.MAX_VALUE;
    Touched done = Touched.NOTHING;
    LinkRule[][] current = rules;
    for (Relay relay : relays) {
      due = Math.min(due, relay.pump(now, current, names));
      done = done.plus(relay.takeTouched());
    }
    relays.removeIf(Relay::isClosed);
    touched = touched.plus(done);
    return Math.min(LONGEST_WAIT_MILLIS, due / 1_000_000);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    try {
      if (thread.isAlive()) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Relay relay : relays) {
      relay.close(false);
    }
    for (ServerSocketChannel door : doors) {
      door.close();
    }
    selector.close();
  }
}
