package kvstore.testkit.cluster;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import kvstore.protocol.Reply;
import kvstore.testkit.history.Ledger;
import kvstore.testkit.script.RespClient;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A cluster with several shards under load, whose nodes are to be hurt in the middle of steps.
 * Small snapshots are taken all the time, and nothing moves or splits but by order.
 */
final class CrashScene implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final int WRITERS = 3;
  private static final int READERS = 1;
  private static final int KEYS_EACH = 400;
  private static final int MORE_WRITES = 100;

  private final ProcessCluster cluster;
  private final Ledger ledger;

  private CrashScene(ProcessCluster cluster) {
    this.cluster = cluster;
    this.ledger = new Ledger(cluster.addresses(), WRITERS, KEYS_EACH);
  }

  /** Returns when the cluster has settled with at least so many shards, and is written to. */
  static CrashScene open(Path folder, int nodes, int shards) throws IOException {
    CrashScene scene =
        new CrashScene(
            ProcessCluster.start(
                nodes,
                folder,
                "--request-deadline",
                "2s",
                "--snapshot-log-size",
                "1MiB",
                "--enable-debug-command"));
    try {
      scene.order("SET", "balance", "false");
      scene.ledger.start(READERS);
      JsonNode state = scene.awaitSettled();
      while (state.path("shards").size() < shards) {
        scene.order("SPLIT", widest(state).path("number").asText());
        state = scene.awaitSettled();
      }
      return scene;
    } catch (RuntimeException | Error e) {
      scene.close();
      throw e;
    }
  }

  private static JsonNode widest(JsonNode state) {
    JsonNode widest = state.path("shards").path(0);
    for (JsonNode shard : state.path("shards")) {
      widest = width(shard) > width(widest) ? shard : widest;
    }
    return widest;
  }

  private static int width(JsonNode shard) {
    return shard.path("lastSlot").asInt() - shard.path("firstSlot").asInt();
  }

  List<Node> nodes() {
    return cluster.nodes();
  }

  Node node(String id) {
    return nodes().stream().filter(node -> node.id().equals(id)).findFirst().orElseThrow();
  }

  Ledger ledger() {
    return ledger;
  }

  /** As the directory's leader sees it now, asked through any node; missing if there is none. */
  JsonNode state() {
    for (Node node : nodes()) {
      if (node.isUp()) {
        try (Admin admin = new Admin(node)) {
          JsonNode state = admin.state();
          if (!state.isMissingNode()) {
            return state;
          }
        } catch (IOException e) {
          // it is not ready yet, or has just been killed: another may answer
        }
      }
    }
    return MissingNode.getInstance();
  }

  /** Gives an order until it is taken. */
  void order(String... words) {
    List<String> refusals = new ArrayList<>();
    Predicate<Node> taken =
        node -> {
          try (Admin admin = new Admin(node)) {
            Reply reply = admin.order(words);
            refusals.add(reply.toString());
            return !(reply instanceof Reply.Failure);
          } catch (IOException e) {
            return false;
          }
        };
    awaitThat(
        "order " + String.join(" ", words) + " " + refusals,
        () -> nodes().stream().filter(Node::isUp).anyMatch(taken));
  }

  /** Hands a shard's leadership to another node, if its leader and that node can. */
  void handOver(int shard, String to) {
    for (Node node : nodes()) {
      if (node.isUp()) {
        try {
          node.call("DEBUG", "TRANSFER-LEADER", Integer.toString(shard), to);
        } catch (IOException e) {
          // only the leader could have done it
        }
      }
    }
  }

  /** Waits until no step is left to do; the state then. */
  JsonNode awaitSettled() {
    JsonNode[] last = new JsonNode[1];
    awaitThat(
        "a settled cluster",
        () -> {
          last[0] = state();
          return Admin.isSettled(last[0]);
        });
    return last[0];
  }

  /** Waits until the load gets through again. */
  void awaitMoreWrites() {
    long before = ledger.acknowledged();
    awaitThat("writes", () -> ledger.acknowledged() >= before + MORE_WRITES);
  }

  /**
   * Waits, with no load, until {@link Wholeness} finds nothing to complain of, and then holds
   * everything that was ever written against what each node says.
   */
  void verify() throws Exception {
    awaitMoreWrites();
    ledger.stop();
    List<String> problems = new ArrayList<>();
    try {
      await()
          .atMost(PATIENCE)
          .pollInterval(POLL)
          .until(() -> {
            problems.clear();
            problems.addAll(new Wholeness(nodes(), state()).problems());
            return problems.isEmpty();
          });
    } catch (ConditionTimeoutException e) {
      throw failure("expected a whole cluster, but: " + String.join("\n", problems), e);
    }
    List<String> wrong = new ArrayList<>(ledger.violations());
    for (Node node : nodes()) {
      try (RespClient client = node.connect()) {
        ledger.differences(client).forEach(line -> wrong.add(node.id() + ": " + line));
      }
    }
    if (!wrong.isEmpty()) {
      throw failure("expected what was acknowledged, but\n" + String.join("\n", wrong), null);
    }
    ledger.start(READERS);
  }

  /** A condition that takes what time it needs, within reason. */
  void awaitThat(String what, java.util.concurrent.Callable<Boolean> holds) {
    try {
      await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL).until(holds);
    } catch (ConditionTimeoutException e) {
      throw failure("waited " + PATIENCE + " in vain for " + what, e);
    }
  }

  AssertionError failure(String what, Throwable cause) {
    return new AssertionError(
        what + "\n" + state().toPrettyString() + "\n" + ledger.refusals() + cluster.tails(), cause);
  }

  @Override
  public void close() {
    ledger.close();
    cluster.close();
  }
}
