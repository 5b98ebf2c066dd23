package kvstore.testkit.history;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.jspecify.annotations.Nullable;

/**
 * One key, one writer that counts up, many readers through all nodes. With a single writer,
 * linearizable means: no read finds less than what was acknowledged, or had been read by anybody,
 * before the read was sent. Error replies and lost connections are no harm; a value that is too old
 * is.
 */
public final class Register implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration BREATH = Duration.ofMillis(5);
  private static final String KEY = "register";

  private final List<InetSocketAddress> addresses;
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicLong seen = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private final Queue<String> stale = new ConcurrentLinkedQueue<>();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();

  /** One exchange with a node. */
  private interface Turn {
    void take(RespClient client, String node) throws IOException;
  }

  public Register(List<InetSocketAddress> addresses) {
    this.addresses = List.copyOf(addresses);
  }

  public void start(int readers) {
    AtomicLong next = new AtomicLong();
    launch("register-writer", 0, (client, node) -> write(client, next));
    for (int i = 0; i < readers; i++) {
      launch("register-reader-" + i, i, this::read);
    }
  }

  private void launch(String name, int first, Turn turn) {
    Thread thread = new Thread(() -> run(first, turn), name);
    threads.add(thread);
    thread.start();
  }

  private void run(int first, Turn turn) {
    int attempt = first;
    while (running.get()) {
      InetSocketAddress address = addresses.get(attempt++ % addresses.size());
      try (RespClient client = new RespClient(address, PATIENCE)) {
        while (running.get()) {
          turn.take(client, address.toString());
        }
      } catch (IOException e) {
        problems.add(e.toString());
        breathe();
      }
    }
  }

  private void write(RespClient client, AtomicLong next) throws IOException {
    long value = next.incrementAndGet();
    Reply reply = client.call("SET", KEY, Long.toString(value));
    if (reply.equals(Reply.OK)) {
      seen.accumulateAndGet(value, Math::max);
      writes.incrementAndGet();
    } else {
      problems.add("SET: " + reply);
      breathe();
    }
  }

  private void read(RespClient client, String node) throws IOException {
    long atLeast = seen.get();
    @Nullable String text = client.ask("GET", KEY);
    if (text != null && text.startsWith("(error)")) {
      problems.add("GET: " + text);
      breathe();
      return;
    }
    long value = text == null ? 0 : Long.parseLong(text);
    if (value < atLeast) {
      stale.add(node + " answered " + value + " when " + atLeast + " was known already");
    }
    seen.accumulateAndGet(value, Math::max);
    reads.incrementAndGet();
  }

  public long writes() {
    return writes.get();
  }

  public long reads() {
    return reads.get();
  }

  /** Reads that found too old a value. */
  public List<String> stale() {
    return List.copyOf(stale);
  }

  /** Error replies and lost connections. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  public void stop() throws InterruptedException {
    running.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
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
    running.set(false);
  }
}
