package kvstore.testkit.history;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.jspecify.annotations.Nullable;

/**
 * Clients that write without pause, each key once, through all nodes in turn, and keep a journal of
 * what was acknowledged. A write without an acknowledgement is not tried again: it may or may not
 * have happened, and its key counts for nothing. {@link #start} and {@link #stop} are for one
 * thread, all else for any.
 */
public final class Writers implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration BREATH = Duration.ofMillis(2);

  /** One acknowledged write, in nanoseconds of {@link System#nanoTime}. */
  private record Acknowledged(long sent, long answered) {}

  private final List<InetSocketAddress> addresses;
  private final String prefix;
  private final Map<String, String> journal = new ConcurrentHashMap<>();
  private final Queue<Acknowledged> times = new ConcurrentLinkedQueue<>();
  private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param prefix of all keys
   */
  public Writers(List<InetSocketAddress> addresses, String prefix) {
    this.addresses = List.copyOf(addresses);
    this.prefix = prefix;
  }

  public Writers start(int count) {
    for (int i = 0; i < count; i++) {
      int number = i;
      Thread thread = new Thread(() -> write(number), "writer-" + i);
      threads.add(thread);
      thread.start();
    }
    return this;
  }

  private void write(int number) {
    int attempt = number;
    long sequence = 0;
    while (running.get()) {
      InetSocketAddress address = addresses.get(attempt++ % addresses.size());
      try (RespClient client = new RespClient(address, PATIENCE)) {
        while (running.get()) {
          if (!write(client, prefix + number + ":" + sequence, "value-" + sequence++)) {
            breathe();
          }
        }
      } catch (SocketTimeoutException e) {
        refusals.add("(no reply within " + PATIENCE + ")");
      } catch (IOException e) {
        breathe(); // that node is down: the next one, please
      }
    }
  }

  private boolean write(RespClient client, String key, String value) throws IOException {
    long sent = System.nanoTime();
    Reply reply = client.call("SET", key, value);
    if (reply.equals(Reply.OK)) {
      journal.put(key, value);
      times.add(new Acknowledged(sent, System.nanoTime()));
      return true;
    }
    refusals.add(reply.toString());
    return false;
  }

  /** What was acknowledged so far: keys and their values. */
  public Map<String, String> journal() {
    return journal;
  }

  /** Replies other than OK. */
  public List<String> refusals() {
    return List.copyOf(refusals);
  }

  /**
   * How long it took from {@code moment} to the acknowledgement of a write sent after it; null
   * while there is none.
   *
   * @param moment of {@link System#nanoTime}
   */
  public @Nullable Duration untilNextAfter(long moment) {
    return times.stream()
        .filter(time -> time.sent() - moment > 0)
        .map(time -> Duration.ofNanos(time.answered() - moment))
        .min(Duration::compareTo)
        .orElse(null);
  }

  public Writers stop() throws InterruptedException {
    running.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
    return this;
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
