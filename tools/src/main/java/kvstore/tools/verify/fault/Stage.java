package kvstore.tools.verify.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import kvstore.protocol.Reply;
import kvstore.tools.Endpoint;
import kvstore.tools.RespConnection;
import kvstore.tools.local.LocalCluster;

/**
 * The cluster that faults happen to, and the dice that choose among its nodes. For one thread.
 *
 * @param names ids of the nodes
 */
public record Stage(
    LocalCluster cluster, PeerNetwork network, List<String> names, RandomGenerator random) {

  private static final Duration PATIENCE = Duration.ofMillis(700);
  private static final Duration READ_ALL = Duration.ofSeconds(10);

  public int size() {
    return names.size();
  }

  String name(int node) {
    return names.get(node);
  }

  /** A node that leads in half of the cases: leaders are the interesting ones. */
  int someNode() {
    boolean leading = random.nextBoolean();
    int any = random.nextInt(size());
    int leader = leader();
    return leading && leader >= 0 ? leader : any;
  }

  /** The same, but one that holds replicas of data, for else its disk has nothing to do. */
  int someHolder() {
    int node = someNode();
    boolean holds = shards(node).contains("role=");
    int leader = leader();
    return holds || leader < 0 ? node : leader;
  }

  /** Whether the node has just read all it holds, and found it whole. */
  boolean isWhole(int node) {
    if (!isWell(node)) {
      return false;
    }
    try (RespConnection connection =
        RespConnection.open(cluster.endpoints().get(node), null, PATIENCE, READ_ALL)) {
      return connection.call("SHARD", "DIGEST") instanceof Reply.Array && isWell(node);
    } catch (IOException e) {
      return false;
    }
  }

  /** Gives an order to the cluster through a node. */
  Reply admin(int node, List<String> words) throws IOException {
    List<String> all = new ArrayList<>(List.of("ADMIN"));
    all.addAll(words);
    try (RespConnection connection = connect(node)) {
      return connection.call(all.toArray(new String[0]));
    }
  }

  /** What the node takes for the time of day. */
  long wallClockMillis(int node) throws IOException {
    try (RespConnection connection = connect(node)) {
      if (connection.call("TIME") instanceof Reply.Array time
          && time.items().get(0) instanceof Reply.Bulk seconds
          && time.items().get(1) instanceof Reply.Bulk micros) {
        return number(seconds) * 1_000 + number(micros) / 1_000;
      }
      throw new IOException(name(node) + " does not tell the time");
    }
  }

  private static long number(Reply.Bulk digits) {
    return Long.parseLong(new String(digits.value(), StandardCharsets.US_ASCII));
  }

  /** All nodes in some order. */
  List<Integer> shuffled() {
    List<Integer> order = new ArrayList<>(IntStream.range(0, size()).boxed().toList());
    for (int i = order.size() - 1; i > 0; i--) {
      Collections.swap(order, i, random.nextInt(i + 1));
    }
    return order;
  }

  /** The node with its part in the cluster, for a line of text. */
  String described(int node) {
    return name(node) + (leader() == node ? " (leader)" : "");
  }

  /** The node that leads most shards, or -1 if none says so. */
  int leader() {
    int best = -1;
    long most = 0;
    for (int node = 0; node < size(); node++) {
      long leads = shards(node).lines().filter(line -> line.contains("role=leader")).count();
      if (leads > most) {
        most = leads;
        best = node;
      }
    }
    return best;
  }

  /**
   * Whether the node runs, knows a leader for all it holds (which may be nothing), and answers for
   * data.
   */
  public boolean isWell(int node) {
    if (!cluster.isAlive(node)) {
      return false;
    }
    String shards = shards(node);
    return !shards.isEmpty()
        && !shards.contains("role=out")
        && !shards.contains("leader=,")
        && answers(node);
  }

  private boolean answers(int node) {
    try (RespConnection connection = connect(node)) {
      return connection.call("EXISTS", "verify:well") instanceof Reply.Int;
    } catch (IOException e) {
      return false;
    }
  }

  /** What INFO says of its shards; empty if it does not answer. */
  String shards(int node) {
    if (!cluster.isAlive(node)) {
      return "";
    }
    try (RespConnection connection = connect(node)) {
      Reply reply = connection.call("INFO", "shards");
      if (reply instanceof Reply.Verbatim verbatim) {
        return verbatim.text();
      }
      return reply instanceof Reply.Bulk bulk
          ? new String(bulk.value(), StandardCharsets.UTF_8)
          : "";
    } catch (IOException e) {
      return "";
    }
  }

  private RespConnection connect(int node) throws IOException {
    Endpoint endpoint = cluster.endpoints().get(node);
    return RespConnection.open(endpoint, null, PATIENCE, PATIENCE);
  }
}
