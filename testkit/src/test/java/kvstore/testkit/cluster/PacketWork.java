package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import kvstore.tools.verify.history.Checker;
import kvstore.tools.verify.history.ObjectHistory;
import kvstore.tools.verify.history.Operation;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;
import kvstore.tools.verify.history.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * Clients in a network namespace of their own, and the verdict on what they saw; a process of its
 * own, for {@link PacketFaultsTest}. Prints "begins" once all nodes answer, and in the end how many
 * operations had which outcome. Exit code 0 if what was seen is linearizable.
 */
final class PacketWork {

  private static final int CLIENTS = 6;
  private static final int KEYS = 24;
  private static final Duration REPLY = Duration.ofSeconds(4);
  private static final long PAUSE_MILLIS = 4;

  private final List<InetSocketAddress> nodes = new ArrayList<>();
  private final List<List<Operation>> histories = new ArrayList<>();
  private final AtomicIntegerArray outcomes = new AtomicIntegerArray(Outcome.values().length);

  private PacketWork(List<String> addresses) {
    for (String address : addresses) {
      String[] parts = address.split(":", 2);
      nodes.add(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])));
    }
    for (int i = 0; i < KEYS; i++) {
      histories.add(new ArrayList<>());
    }
  }

  /**
   * @param arguments for how many seconds, a seed, and the nodes as {@code host:port}
   */
  public static void main(String[] arguments) throws Exception {
    List<String> all = List.of(arguments);
    PacketWork work = new PacketWork(all.subList(2, all.size()));
    work.awaitNodes();
    System.out.println("begins");
    work.run(Long.parseLong(arguments[0]), Long.parseLong(arguments[1]));
    System.out.println("outcomes OK, FAILED, UNKNOWN: " + work.outcomes);
    System.exit(work.isLinearizable() ? 0 : 1);
  }

  private void awaitNodes() {
    for (InetSocketAddress node : nodes) {
      Readiness.await(
          "an answer of " + node,
          Duration.ofSeconds(60),
          () -> {
            try (RespClient client = new RespClient(node, REPLY)) {
              return client.call("SET", "first", "1").equals(Reply.OK);
            } catch (IOException e) {
              return false;
            }
          });
    }
  }

  private void run(long seconds, long seed) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    List<Future<?>> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int number = i;
      clients.add(threads.submit(() -> client(number, new SplittableRandom(seed + number), end)));
    }
    for (Future<?> client : clients) {
      client.get(seconds + 60, TimeUnit.SECONDS);
    }
    threads.shutdown();
    for (int node = 0; node < nodes.size(); node++) {
      readAll(node);
    }
  }

  /** Works at one node after the other: the next one, once a connection has failed. */
  private @Nullable Void client(int number, SplittableRandom random, long end)
      throws InterruptedException {
    int node = number;
    int values = 0;
    while (System.nanoTime() < end) {
      try (RespClient client = new RespClient(nodes.get(node % nodes.size()), REPLY)) {
        boolean known = true;
        while (known && System.nanoTime() < end) {
          int key = random.nextInt(KEYS);
          known = ask(client, number, key, step(random, key, number + "-" + values++));
          Thread.sleep(PAUSE_MILLIS); // histories must stay short enough to be judged
        }
      } catch (IOException e) {
        Thread.sleep(PAUSE_MILLIS);
      }
      node++;
    }
    return null;
  }

  private static Step step(SplittableRandom random, int key, String fresh) {
    int dice = random.nextInt(100);
    if (dice < 45) {
      return Step.get(0);
    }
    return key % 2 == 0 ? Step.increment(0) : dice < 80 ? Step.set(0, fresh) : Step.delete(0);
  }

  private void readAll(int node) throws IOException {
    try (RespClient client = new RespClient(nodes.get(node), Duration.ofSeconds(20))) {
      for (int key = 0; key < KEYS; key++) {
        ask(client, CLIENTS + node, key, Step.get(0));
      }
    }
  }

  /** Whether the connection may be used further. */
  private boolean ask(RespClient client, int number, int key, Step step) {
    long invoked = System.nanoTime();
    Outcome outcome = Outcome.UNKNOWN;
    List<String> replies = List.of();
    boolean answered = false;
    try {
      Reply reply = client.call(words(step, "key" + key));
      answered = true;
      if (!(reply instanceof Reply.Failure failure)) {
        outcome = Outcome.OK;
        replies = List.of(text(reply));
      } else if (failure.message().startsWith("TRYAGAIN")
          || failure.message().startsWith("CLUSTERDOWN")) {
        outcome = Outcome.FAILED;
      }
    } catch (IOException e) {
      // its outcome is not known
    }
    List<Step> steps = List.of(step);
    List<Operation> history = histories.get(key);
    synchronized (history) {
      history.add(new Operation(number, steps, replies, invoked, System.nanoTime(), outcome));
    }
    outcomes.incrementAndGet(outcome.ordinal());
    return answered;
  }

  private static String[] words(Step step, String key) {
    return step.kind() == Step.Kind.SET
        ? new String[] {"SET", key, step.value()}
        : new String[] {step.kind().name(), key};
  }

  private static String text(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return new String(bulk.value(), StandardCharsets.UTF_8);
    } else if (reply instanceof Reply.Int number) {
      return Long.toString(number.value());
    }
    return reply.equals(Reply.NIL) ? Step.NIL : Step.OK;
  }

  private boolean isLinearizable() {
    Checker checker = new Checker();
    boolean good = true;
    for (int key = 0; key < KEYS; key++) {
      Verdict verdict = checker.check(new ObjectHistory(List.of("key" + key), histories.get(key)));
      if (verdict instanceof Verdict.Violation violation) {
        System.out.println("not linearizable:\n" + String.join("\n", violation.lines()));
        good = false;
      } else if (verdict instanceof Verdict.Undecided undecided) {
        System.out.println("undecided after " + undecided.tried() + " orders of key" + key);
        good = false;
      }
    }
    return good;
  }
}
