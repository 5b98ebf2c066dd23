package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerFaults;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.TransportOptions;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Real hosts on loopback in one process, each with its folder, and a network that can be cut. */
final class TestCluster implements AutoCloseable {

  private static final AtomicLong RUN = new AtomicLong();

  /** A node: its parts while it runs. */
  final class Node {
    final NodeId id;
    final Path directory;
    final Map<String, ReplicatedLog> logs = new ConcurrentHashMap<>();
    final Map<String, DurableListMachine> machines = new ConcurrentHashMap<>();
    private PeerTransport transport;
    private RaftHost host;
    private int port;

    Node(NodeId id) {
      this.id = id;
      this.directory = root.resolve(id.value());
    }

    void startTransport() throws IOException {
      transport =
          PeerTransport.start(
              TransportOptions.of(
                      id, "test", "secret".getBytes(StandardCharsets.UTF_8), "127.0.0.1", port)
                  .withFaults(network));
      port = transport.boundPort();
    }

    void startHost() throws IOException {
      for (Node other : nodes.values()) {
        if (other != this) {
          transport.setPeer(other.id, "127.0.0.1", other.port);
        }
      }
      host = RaftHost.start(tuning.apply(RaftHostOptions.of(directory.resolve("raft"))), transport);
    }

    ReplicatedLog open(String group, Set<NodeId> voters, Set<NodeId> learners) throws IOException {
      DurableListMachine machine = new DurableListMachine(directory.resolve("machine-" + group));
      ReplicatedLog log = host.open(group, machine, voters, learners);
      machines.put(group, machine);
      logs.put(group, log);
      return log;
    }

    ReplicatedLog log() {
      return logs.get(group);
    }

    DurableListMachine machine() {
      return machines.get(group);
    }

    RaftHost host() {
      return host;
    }

    RaftContext context() {
      return host.context();
    }

    Path logDirectory() {
      return directory.resolve("raft").resolve("log");
    }

    boolean isRunning() {
      return host != null;
    }

    void stop() {
      if (host != null) {
        host.close();
        host = null;
      }
      if (transport != null) {
        transport.close();
        transport = null;
      }
    }

    void restart() throws IOException {
      restart(voters());
    }

    void restart(Set<NodeId> voters) throws IOException {
      startTransport();
      startHost();
      open(group, voters, Set.of());
    }
  }

  final String group = "g" + ProcessHandle.current().pid() + "-" + RUN.incrementAndGet();
  final Map<NodeId, Node> nodes = new LinkedHashMap<>();
  final Set<String> cuts = ConcurrentHashMap.newKeySet();

  /** Nanoseconds that messages take from one node to another, beyond what they need. */
  final Map<String, Long> delays = new ConcurrentHashMap<>();

  private final Path root;
  private final UnaryOperator<RaftHostOptions> tuning;

  private final PeerFaults network =
      new PeerFaults() {
        @Override
        public long delayNanos(NodeId from, NodeId to, Lane lane) {
          String way = from + ">" + to;
          return cuts.contains(way) ? DROP : delays.getOrDefault(way, 0L);
        }
      };

  TestCluster(Path root, int size, UnaryOperator<RaftHostOptions> tuning) throws IOException {
    this.root = root;
    this.tuning = tuning;
    for (int i = 1; i <= size; i++) {
      add("n" + i);
    }
    for (Node node : nodes.values()) {
      node.startHost();
    }
  }

  static TestCluster of(Path root, int size) throws IOException {
    return of(root, size, o -> o);
  }

  static TestCluster of(Path root, int size, UnaryOperator<RaftHostOptions> tuning)
      throws IOException {
    TestCluster cluster = new TestCluster(root, size, tuning);
    for (Node node : cluster.nodes.values()) {
      node.open(cluster.group, cluster.voters(), Set.of());
    }
    return cluster;
  }

  Node add(String name) throws IOException {
    Node node = new Node(new NodeId(name));
    nodes.put(node.id, node);
    node.startTransport();
    return node;
  }

  /** Tells running nodes where a node is that was added late. */
  void introduce(Node late) {
    for (Node other : nodes.values()) {
      if (other != late && other.transport != null) {
        other.transport.setPeer(late.id, "127.0.0.1", late.port);
      }
    }
  }

  Set<NodeId> voters() {
    return new TreeSet<>(nodes.keySet());
  }

  static ConditionFactory eventually() {
    return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5));
  }

  /** The one node that leads, all running and reachable others knowing it. */
  Node awaitLeader() {
    List<Node> found = new ArrayList<>();
    eventually()
        .untilAsserted(() -> {
          found.clear();
          for (Node node : nodes.values()) {
            if (node.isRunning() && node.log().leadership().isLeader()) {
              found.add(node);
            }
          }
          assertThat(found).hasSize(1);
        });
    return found.get(0);
  }

  private Node knownLeader() {
    for (Node node : nodes.values()) {
      if (node.isRunning() && node.log().leadership().isLeader()) {
        return node;
      }
    }
    return awaitLeader();
  }

  List<Node> others(Node one) {
    return nodes.values().stream().filter(n -> n != one).toList();
  }

  void isolate(Node node) {
    for (Node other : others(node)) {
      cuts.add(node.id + ">" + other.id);
      cuts.add(other.id + ">" + node.id);
    }
  }

  void heal() {
    cuts.clear();
    delays.clear();
  }

  /** The outcome of a proposal: null when committed. */
  CompletableFuture<Proposal.Failure> propose(Node leader, String text) {
    return propose(leader, leader.log().leadership().term(), text);
  }

  CompletableFuture<Proposal.Failure> propose(Node leader, long term, String text) {
    CompletableFuture<Proposal.Failure> outcome = new CompletableFuture<>();
    leader
        .log()
        .propose(
            ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
            term,
            new DurableListMachine.Waiting() {
              @Override
              public void committed() {
                outcome.complete(null);
              }

              @Override
              public void failed(Failure failure) {
                outcome.complete(failure);
              }
            });
    return outcome;
  }

  /** Proposes until it commits, at whoever leads. */
  void write(String text) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (System.nanoTime() < end) {
      Node leader = knownLeader();
      Proposal.Failure failure = propose(leader, text).get(30, TimeUnit.SECONDS);
      if (failure == null) {
        return;
      }
    }
    throw new AssertionError("not written: " + text);
  }

  void awaitCounts(int count) {
    eventually()
        .untilAsserted(() -> {
          for (Node node : nodes.values()) {
            if (node.isRunning()) {
              assertThat(node.machine().count()).as("entries on " + node.id).isEqualTo(count);
            }
          }
        });
  }

  /** Asks whoever leads, again if need be: a leader that leaves ends with the first step. */
  void change(Set<NodeId> voters, Set<NodeId> learners) {
    eventually()
        .ignoreExceptions()
        .until(() -> {
          awaitLeader()
              .log()
              .membership()
              .change(voters, learners)
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
          return true;
        });
  }

  void awaitRole(Node node, Leadership.Role role) {
    eventually().untilAsserted(() -> assertThat(node.log().leadership().role()).isEqualTo(role));
  }

  @Override
  public void close() {
    heal();
    nodes.values().forEach(Node::stop);
  }
}
