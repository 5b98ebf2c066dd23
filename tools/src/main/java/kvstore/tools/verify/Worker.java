package kvstore.tools.verify;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import kvstore.tools.Endpoint;
import kvstore.tools.RespConnection;
import kvstore.tools.verify.history.Operation;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;
import org.jspecify.annotations.Nullable;

/**
 * One client: asks one thing after the other and writes down what it was told. When a connection
 * fails, or its node says that it is cut off, it goes on with the next node; after a while it comes
 * back to its own one. So clients stay spread over all nodes, and what happens to one node leaves
 * others who can tell whether the rest went on: were they all drawn to the node that started first,
 * a gap would be the time that it is cut off.
 */
final class Worker implements Runnable {

  /** Above the nodes' own deadline, so that nodes have their say. */
  static final Duration REPLY_TIMEOUT = Duration.ofMillis(2_500);

  private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);
  private static final long BREATH_NANOS = 5_000_000;

  /** How long to stay with another node. */
  private static final long AWAY_NANOS = 1_000_000_000;

  private final int number;
  private final List<Endpoint> nodes;
  private final Stock stock;
  private final Timeline timeline;
  private final SplittableRandom random;
  private final long intervalNanos;
  private final BooleanSupplier stopped;
  private final int home;
  private @Nullable RespConnection connection;
  private int node;
  private long cameNanos;
  private int values;

  /**
   * @param intervalNanos between the beginnings of two operations, if the nodes are fast enough
   */
  Worker(
      int number,
      List<Endpoint> nodes,
      Stock stock,
      Timeline timeline,
      SplittableRandom random,
      long intervalNanos,
      BooleanSupplier stopped) {
    this.number = number;
    this.nodes = nodes;
    this.stock = stock;
    this.timeline = timeline;
    this.random = random;
    this.intervalNanos = intervalNanos;
    this.stopped = stopped;
    this.home = number % nodes.size();
    this.node = home - 1;
  }

  @Override
  public void run() {
    long due = System.nanoTime() + random.nextLong(intervalNanos);
    while (!stopped.getAsBoolean()) {
      long wait = due - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
        continue;
      }
      due = Math.max(due, System.nanoTime() - intervalNanos) + intervalNanos;
      work();
    }
    disconnect();
  }

  private void work() {
    if (node != home && connection != null && System.nanoTime() - cameNanos > AWAY_NANOS) {
      disconnect();
      node = home - 1;
    }
    RespConnection current = connected();
    if (current == null) {
      LockSupport.parkNanos(BREATH_NANOS);
      return;
    }
    TestObject object = stock.pick(random);
    String fresh =
        Integer.toString(number, Character.MAX_RADIX)
            + "-"
            + Integer.toString(values++, Character.MAX_RADIX);
    List<Step> steps = object.next(random, fresh);
    perform(current, object, steps);
  }

  /** Asks, and writes down the outcome; whether it is known and good. */
  private void perform(RespConnection current, TestObject object, List<Step> steps) {
    long invoked = System.nanoTime();
    Asked asked;
    try {
      asked = Asked.ask(current, object.keys(), steps);
    } catch (SocketTimeoutException e) {
      asked = new Asked(Outcome.UNKNOWN, List.of(), "no reply in time");
      disconnect();
    } catch (IOException e) {
      asked = new Asked(Outcome.UNKNOWN, List.of(), "connection lost");
      disconnect();
    }
    long returned = System.nanoTime();
    object.add(new Operation(number, steps, asked.replies(), invoked, returned, asked.outcome()));
    timeline.ended(asked.outcome(), returned);
    if (asked.outcome() != Outcome.OK) {
      timeline.error(asked.error());
    }
    if (asked.error().equals("CLUSTERDOWN")) {
      disconnect(); // another node may be on the side of the majority
    }
  }

  private @Nullable RespConnection connected() {
    if (connection == null) {
      node = (node + 1) % nodes.size();
      try {
        connection = RespConnection.open(nodes.get(node), null, CONNECT_TIMEOUT, REPLY_TIMEOUT);
        cameNanos = System.nanoTime();
      } catch (IOException e) {
        return null;
      }
    }
    return connection;
  }

  private void disconnect() {
    RespConnection current = connection;
    connection = null;
    if (current != null) {
      try {
        current.close();
      } catch (IOException e) {
        // it is gone already
      }
    }
  }
}
