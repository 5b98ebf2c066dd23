package kvstore.testkit.history;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.jspecify.annotations.Nullable;

/**
 * Clients that send several commands on keys of their own at once and check that each reply fits
 * what they sent before it on the same connection. {@link #start} and {@link #stop} are for one
 * thread, all else for any.
 */
public final class Pipeliners implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int KEYS = 4;
  private static final String MISSING = "(nil)";

  private final List<InetSocketAddress> addresses;
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final AtomicLong checked = new AtomicLong();
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final List<Thread> threads = new ArrayList<>();

  /** One command on a key, and the value it leaves there; null if it only reads. */
  private record Sent(String key, @Nullable String leaves, String... words) {}

  public Pipeliners(List<InetSocketAddress> addresses) {
    this.addresses = List.copyOf(addresses);
  }

  /** Starts clients, on each node so many. */
  public Pipeliners start(int perNode) {
    for (int i = 0; i < perNode * addresses.size(); i++) {
      int number = i;
      Thread thread = new Thread(() -> run(number), "pipeliner-" + i);
      threads.add(thread);
      thread.start();
    }
    return this;
  }

  /** What did not fit, a line each. */
  public List<String> violations() {
    return List.copyOf(violations);
  }

  /** Reads whose value was checked so far. */
  public long checked() {
    return checked.get();
  }

  private void run(int number) {
    InetSocketAddress address = addresses.get(number % addresses.size());
    long round = 0;
    while (running.get()) {
      try (RespClient client = new RespClient(address, PATIENCE)) {
        while (running.get()) {
          round(client, "p" + number + ":" + round++);
        }
      } catch (IOException e) {
        Thread.onSpinWait(); // it is down, or not yet up
      }
    }
  }

  /** New keys for each round, so that nothing of an earlier one can still be on its way. */
  private void round(RespClient client, String prefix) throws IOException {
    List<Sent> round = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      String key = prefix + ":" + i;
      round.add(new Sent(key, "one", "SET", key, "one"));
      round.add(new Sent(key, null, "GET", key));
      round.add(new Sent(key, "two", "MSET", key, "two", prefix + ":x" + i, "x"));
      round.add(new Sent(key, null, "GET", key));
      round.add(new Sent(key, MISSING, "DEL", key));
      round.add(new Sent(key, null, "GET", key));
      round.add(new Sent(key, "three", "SET", key, "three"));
    }
    for (int i = 0; i < KEYS; i++) {
      round.add(new Sent(prefix + ":" + i, null, "GET", prefix + ":" + i));
    }
    for (Sent sent : round) {
      client.send(sent.words());
    }
    List<String> history = new ArrayList<>();
    Map<String, Set<String>> possible = new HashMap<>();
    for (Sent sent : round) {
      String reply = text(client.receive());
      history.add(String.join(" ", sent.words()) + " -> " + reply);
      Set<String> values =
          possible.computeIfAbsent(sent.key(), unused -> new HashSet<>(Set.of(MISSING)));
      check(sent, reply, values, history);
    }
  }

  private void check(Sent sent, String reply, Set<String> values, List<String> history) {
    boolean failed = reply.startsWith("-");
    if (sent.leaves() == null) {
      if (!failed && !values.contains(reply)) {
        violations.add(
            java.time.Instant.now() + " expected one of " + values + " in the end of " + history);
      }
      checked.addAndGet(failed ? 0 : 1);
    } else if (!failed) {
      values.clear();
      values.add(sent.leaves());
    } else if (reply.startsWith("-UNKNOWN")) {
      values.add(sent.leaves());
    }
  }

  private static String text(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return new String(bulk.value(), StandardCharsets.UTF_8);
    }
    if (reply instanceof Reply.Failure failure) {
      return "-" + failure.message();
    }
    return reply instanceof Reply.Nil ? MISSING : "+";
  }

  /** Lets every client end its round. */
  public void stop() throws InterruptedException {
    running.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
