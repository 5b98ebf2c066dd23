package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Several nodes of one cluster on this machine, each a process. For one thread. */
public final class ProcessCluster implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<Node> nodes;

  private ProcessCluster(List<Node> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /**
   * Starts {@code size} new nodes and waits until each of them answers commands.
   *
   * @param options added to every start of every node
   */
  public static ProcessCluster start(int size, Path folder, String... options) throws IOException {
    List<Node.Ports> ports = new ArrayList<>();
    List<String> members = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      ports.add(Node.Ports.free());
      members.add(new Node("n" + (i + 1), folder, ports.get(i), List.of()).member());
    }
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--initial-cluster", String.join(",", members)));
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      nodes.add(new Node("n" + (i + 1), folder, ports.get(i), all));
    }
    ProcessCluster cluster = new ProcessCluster(nodes);
    try {
      cluster.startAll();
      return cluster;
    } catch (IOException | RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts every node that is down, all at once, and waits until each answers commands. */
  public void startAll() throws IOException {
    for (Node node : nodes) {
      if (!node.isUp()) {
        node.launch();
      }
    }
    for (Node node : nodes) {
      node.awaitData();
    }
  }

  public List<Node> nodes() {
    return nodes;
  }

  public List<InetSocketAddress> addresses() {
    return nodes.stream().map(Node::address).toList();
  }

  /** The node that leads, as soon as there is one. */
  public Node leader() {
    List<Node> found = new ArrayList<>();
    try {
      Readiness.await(
          "a leader",
          PATIENCE,
          () -> {
            nodes.stream().filter(Node::leads).forEach(found::add);
            return !found.isEmpty();
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + tails(), e);
    }
    return found.get(0);
  }

  public List<Node> followers() {
    Node leader = leader();
    return nodes.stream().filter(node -> node != leader).toList();
  }

  /** The last lines that each node has printed, for a message. */
  public String tails() {
    return nodes.stream().map(node -> node.child().tail()).collect(Collectors.joining());
  }

  @Override
  public void close() {
    nodes.forEach(Node::close);
  }
}
