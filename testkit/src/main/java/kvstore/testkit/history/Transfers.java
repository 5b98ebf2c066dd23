package kvstore.testkit.history;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.jspecify.annotations.Nullable;

/**
 * Two accounts, and clients that move money between them in transactions guarded by WATCH, while
 * others look at both at once. The sum never changes.
 */
public final class Transfers {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int TOTAL = 1_000;
  private static final String LEFT = "{accounts}left";
  private static final String RIGHT = "{accounts}right";

  private final List<InetSocketAddress> addresses;
  private final Queue<String> wrongSums = new ConcurrentLinkedQueue<>();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger moving = new AtomicInteger();

  /** What one client does. */
  private interface Work {
    void run(RespClient client) throws IOException;
  }

  public Transfers(List<InetSocketAddress> addresses) {
    this.addresses = List.copyOf(addresses);
  }

  /**
   * Returns when every client has tried its transfers.
   *
   * @param clients that move money; one more looks on
   * @param each how often each client tries
   */
  public void run(int clients, int each) throws IOException, InterruptedException {
    try (RespClient client = new RespClient(addresses.get(0), PATIENCE)) {
      client.call("MSET", LEFT, "" + TOTAL, RIGHT, "0");
    }
    moving.set(clients);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      threads.add(launch(i, client -> move(client, each)));
    }
    threads.add(launch(clients, this::look));
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private Thread launch(int number, Work work) {
    InetSocketAddress address = addresses.get(number % addresses.size());
    Thread thread =
        new Thread(
            () -> {
              try (RespClient client = new RespClient(address, PATIENCE)) {
                work.run(client);
              } catch (IOException | RuntimeException e) {
                problems.add(e.toString());
              }
            },
            "transfer-" + number);
    thread.start();
    return thread;
  }

  private void move(RespClient client, int times) throws IOException {
    try {
      for (int i = 0; i < times; i++) {
        client.call("WATCH", LEFT, RIGHT);
        int left = number(client.ask("GET", LEFT));
        int right = number(client.ask("GET", RIGHT));
        client.call("MULTI");
        client.call("SET", LEFT, "" + (left - i));
        client.call("SET", RIGHT, "" + (right + i));
        if (client.call("EXEC") instanceof Reply.Array) {
          done.incrementAndGet();
        }
      }
    } finally {
      moving.decrementAndGet();
    }
  }

  private void look(RespClient client) throws IOException {
    while (moving.get() > 0) {
      check(client.call("MGET", LEFT, RIGHT));
      client.call("MULTI");
      client.call("GET", LEFT);
      client.call("GET", RIGHT);
      check(client.call("EXEC"));
    }
  }

  private void check(Reply reply) {
    if (!(reply instanceof Reply.Array both)) {
      problems.add(reply.toString());
      return;
    }
    int sum = 0;
    for (Reply part : both.items()) {
      sum +=
          part instanceof Reply.Bulk bulk
              ? number(new String(bulk.value(), StandardCharsets.US_ASCII))
              : 0;
    }
    if (sum != TOTAL) {
      wrongSums.add("found a sum of " + sum);
    }
  }

  private static int number(@Nullable String text) {
    return text == null ? 0 : Integer.parseInt(text);
  }

  /** Sums other than the right one. */
  public List<String> wrongSums() {
    return List.copyOf(wrongSums);
  }

  public List<String> problems() {
    return List.copyOf(problems);
  }

  /** Transfers that went through. */
  public int done() {
    return done.get();
  }
}
