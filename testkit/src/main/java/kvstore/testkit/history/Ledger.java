package kvstore.testkit.history;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.jspecify.annotations.Nullable;

/**
 * Clients that overwrite and delete keys of their own, through all nodes in turn, and others that
 * read them. Each key has one writer, so what a read may find is known: no less than what was
 * acknowledged before it was sent, no more than what was sent before it was answered, and nothing
 * that was refused. A key whose write has an unknown outcome is given up for a new one.
 *
 * <p>{@link #start} and {@link #stop} are for one thread and may be called in turn; all else is for
 * any thread.
 */
public final class Ledger implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration BREATH = Duration.ofMillis(2);
  private static final int STEP = 500;
  private static final int MOST_PADDING = 8_000;

  private final List<InetSocketAddress> addresses;
  private final int writers;
  private final int keysEach;
  private final AtomicReferenceArray<LedgerKey> keys;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong fresh = new AtomicLong();
  private final Map<String, Long> refusals = new HashMap<>();
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running;

  /** One exchange with a node. */
  private interface Turn {
    void take(RespClient client, SplittableRandom random) throws IOException;
  }

  public Ledger(List<InetSocketAddress> addresses, int writers, int keysEach) {
    this.addresses = List.copyOf(addresses);
    this.writers = writers;
    this.keysEach = keysEach;
    this.keys = new AtomicReferenceArray<>(writers * keysEach);
    for (int i = 0; i < keys.length(); i++) {
      keys.set(i, freshKey());
    }
  }

  private LedgerKey freshKey() {
    return new LedgerKey("ledger:" + fresh.getAndIncrement());
  }

  public void start(int readers) {
    running = true;
    for (int i = 0; i < writers; i++) {
      int own = i * keysEach;
      launch("ledger-writer-" + i, i, (client, random) -> write(client, random, own));
    }
    for (int i = 0; i < readers; i++) {
      launch("ledger-reader-" + i, i, this::read);
    }
  }

  private void launch(String name, int number, Turn turn) {
    Thread thread = new Thread(() -> run(number, turn), name);
    threads.add(thread);
    thread.start();
  }

  private void run(int number, Turn turn) {
    SplittableRandom random = new SplittableRandom(number);
    int attempt = number;
    while (running) {
      InetSocketAddress address = addresses.get(attempt++ % addresses.size());
      try (RespClient client = new RespClient(address, PATIENCE)) {
        while (running) {
          turn.take(client, random);
          breathe();
        }
      } catch (SocketTimeoutException e) {
        violations.add(address + " gave no reply within " + PATIENCE);
      } catch (IOException e) {
        breathe(); // that node is down: the next one, please
      }
    }
  }

  private void write(RespClient client, SplittableRandom random, int own) throws IOException {
    int index = own + random.nextInt(keysEach);
    LedgerKey key = keys.get(index);
    long state = key.next();
    String value = key.value(state, "x".repeat(random.nextInt(MOST_PADDING)));
    Reply reply;
    try {
      reply =
          value == null
              ? client.call("GETDEL", key.name())
              : client.call("SET", key.name(), value, "GET");
    } catch (IOException e) {
      keys.set(index, freshKey());
      throw e;
    }
    if (reply instanceof Reply.Failure failure) {
      refused(key, state, index, failure.message());
      return;
    }
    String wrong = key.acknowledge(state, text(reply));
    if (wrong != null) {
      violations.add(wrong);
    }
    acknowledged.incrementAndGet();
  }

  private void refused(LedgerKey key, long state, int index, String message) {
    String word = message.split(" ", 2)[0];
    synchronized (refusals) {
      refusals.merge(message, 1L, Long::sum);
    }
    if (word.equals("TRYAGAIN") || word.equals("CLUSTERDOWN")) {
      key.refuse(state);
      return;
    }
    keys.set(index, freshKey());
    if (!word.equals("UNKNOWN")) {
      violations.add(key.name() + " was answered " + message);
    }
  }

  private void read(RespClient client, SplittableRandom random) throws IOException {
    LedgerKey key = keys.get(random.nextInt(keys.length()));
    long atLeast = key.acknowledged();
    Reply reply = client.call("GET", key.name());
    if (reply instanceof Reply.Failure) {
      return;
    }
    String wrong = key.check(text(reply), atLeast);
    if (wrong != null) {
      violations.add(wrong);
    }
    reads.incrementAndGet();
  }

  /** Waits until all that is under way has ended. */
  public void stop() throws InterruptedException {
    running = false;
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
  }

  /** One line for each key of which a node says something else; while stopped. */
  public List<String> differences(RespClient client) throws IOException {
    List<String> differences = new ArrayList<>();
    for (int from = 0; from < keys.length(); from += STEP) {
      int to = Math.min(keys.length(), from + STEP);
      for (int i = from; i < to; i++) {
        client.send("GET", keys.get(i).name());
      }
      for (int i = from; i < to; i++) {
        String wrong = keys.get(i).check(text(client.receive()), keys.get(i).acknowledged());
        if (wrong != null) {
          differences.add(wrong);
        }
      }
    }
    return differences;
  }

  private static @Nullable String text(Reply reply) {
    if (reply instanceof Reply.Nil) {
      return null;
    }
    return reply instanceof Reply.Bulk bulk
        ? new String(bulk.value(), java.nio.charset.StandardCharsets.UTF_8)
        : reply.toString();
  }

  /** Writes acknowledged so far. */
  public long acknowledged() {
    return acknowledged.get();
  }

  /** Reads answered and checked so far. */
  public long reads() {
    return reads.get();
  }

  /** Writes that were not acknowledged, by what was said. */
  public Map<String, Long> refusals() {
    synchronized (refusals) {
      return Map.copyOf(refusals);
    }
  }

  /** What should never have been answered. */
  public List<String> violations() {
    return List.copyOf(violations);
  }

  private static void breathe() {
    try {
      Thread.sleep(BREATH.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    running = false;
  }
}
