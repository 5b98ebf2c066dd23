package kvstore.tools.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import kvstore.tools.Credentials;
import kvstore.tools.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Nodes on this machine, as child processes. Nodes that run already on the same directories are
 * used, and left running at the end. Any thread.
 */
public final class LocalCluster implements AutoCloseable {

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);

  private final List<Endpoint> endpoints;
  private final List<LocalNode> children; // replaced by restart
  private final List<NodeSettings> attached;
  private final @Nullable Path temporary;
  private final AtomicBoolean closed = new AtomicBoolean();

  private LocalCluster(
      List<Endpoint> endpoints,
      List<LocalNode> children,
      List<NodeSettings> attached,
      @Nullable Path temporary) {
    this.endpoints = List.copyOf(endpoints);
    this.children = new CopyOnWriteArrayList<>(children);
    this.attached = List.copyOf(attached);
    this.temporary = temporary;
  }

  /** One node on {@code directory}; returns before it is ready. */
  public static LocalCluster single(
      Path directory, Endpoint client, @Nullable Credentials credentials) throws IOException {
    return start(List.of(new NodeSettings("n1", directory, client, List.of())), credentials, null);
  }

  /**
   * Nodes n1, n2, … on folders of those names in {@code directory} and on successive ports; returns
   * before they are ready.
   */
  public static LocalCluster of(
      int count, Path directory, Endpoint first, @Nullable Credentials credentials)
      throws IOException {
    return start(Layout.successive(count, directory, first), credentials, null);
  }

  /**
   * Nodes in a new temporary folder and on free ports, that {@link #close} removes; returns before
   * they are ready.
   */
  public static LocalCluster temporary(int count) throws IOException {
    Path directory = Files.createTempDirectory("kv_store-");
    return start(Layout.free(count, directory), null, directory);
  }

  /**
   * New nodes on free ports that look for each other's peer ports where something stands in
   * between; returns before they are ready.
   *
   * @param directory new or empty; left in place by {@link #close}
   * @param advertisedPeerPorts where the others find each node
   * @param options further options of each node
   * @param environment variables that a node finds besides ours, by its data directory
   */
  public static LocalCluster behind(
      Path directory,
      List<Integer> advertisedPeerPorts,
      List<String> options,
      Function<Path, Map<String, String>> environment)
      throws IOException {
    List<NodeSettings> nodes =
        Layout.behind(advertisedPeerPorts.size(), directory, advertisedPeerPorts::get, options);
    return start(
        nodes.stream().map(node -> node.with(environment.apply(node.directory()))).toList(),
        null,
        null);
  }

  private static LocalCluster start(
      List<NodeSettings> nodes, @Nullable Credentials credentials, @Nullable Path temporary)
      throws IOException {
    List<LocalNode> children = new ArrayList<>();
    List<NodeSettings> attached = new ArrayList<>();
    LocalCluster cluster = null;
    try {
      for (NodeSettings node : nodes) {
        if (Readiness.isRunningOn(node, credentials)) {
          attached.add(node);
        } else {
          children.add(LocalNode.start(node));
        }
      }
      cluster =
          new LocalCluster(
              nodes.stream().map(NodeSettings::client).toList(), children, attached, temporary);
      return cluster;
    } finally {
      if (cluster == null) {
        children.forEach(LocalNode::stop);
      }
    }
  }

  /** Client addresses, in the order of the nodes. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /** Names of the nodes that ran before us and will run on. */
  public List<String> attachedTo() {
    return attached.stream().map(node -> node.name() + " at " + node.client()).toList();
  }

  /** The peer port that a node of ours listens on. */
  public int peerPort(int node) {
    List<String> options = children.get(node).settings().options();
    return Integer.parseInt(options.get(options.indexOf(Layout.PEER_PORT) + 1));
  }

  /** The data directory of a node of ours. */
  public Path directory(int node) {
    return children.get(node).settings().directory();
  }

  /** What a node of ours prints. */
  public Path logFile(int node) {
    return children.get(node).settings().logFile();
  }

  public boolean isAlive(int node) {
    return children.get(node).isAlive();
  }

  /** SIGKILL to a node of ours; returns when it is gone. */
  public void kill(int node) throws InterruptedException {
    children.get(node).kill();
  }

  /** Asks a node of ours to stop, and waits for it; killed if that takes too long. */
  public void stop(int node) {
    children.get(node).stop();
    children.get(node).awaitStop();
  }

  /** SIGSTOP to a node of ours: alive, but silent. */
  public void pause(int node) throws IOException, InterruptedException {
    children.get(node).signal("STOP");
  }

  /** SIGCONT to a node of ours. */
  public void resume(int node) throws IOException, InterruptedException {
    children.get(node).signal("CONT");
  }

  /** Starts a node of ours that has stopped; returns before it is ready. */
  public void restart(int node) throws IOException {
    restart(node, Map.of());
  }

  /**
   * The same, and this time it finds more variables.
   *
   * @param environment forgotten when it is started again
   */
  public void restart(int node, Map<String, String> environment) throws IOException {
    LocalNode old = children.get(node);
    if (old.isAlive()) {
      throw new IllegalStateException("expected a node that has stopped, but it runs");
    }
    children.set(node, LocalNode.start(old.settings(), environment));
  }

  /** What became of a node of ours that has stopped, and the end of its log. */
  public String epitaph(int node) {
    return children.get(node).epitaph();
  }

  /** Process ids of the nodes that are children of ours. */
  public List<Long> childPids() {
    return children.stream().map(LocalNode::pid).toList();
  }

  /**
   * Waits until every node of ours answers.
   *
   * @throws IOException if one has stopped or does not answer in time; the message says why
   */
  public void awaitReady(@Nullable Credentials credentials) throws IOException {
    long deadline = System.nanoTime() + READY_TIMEOUT.toNanos();
    for (LocalNode child : children) {
      while (!Readiness.answers(child, credentials)) {
        if (!child.isAlive()) {
          throw new IOException(child.epitaph());
        }
        if (System.nanoTime() - deadline > 0) {
          throw new IOException(
              "node "
                  + child.settings().name()
                  + " does not answer at "
                  + child.settings().client()
                  + "; its log is "
                  + child.settings().logFile());
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the node", e);
    }
  }

  /** Tells {@code listener} why a node has stopped that was not told to. */
  public void onUnexpectedExit(java.util.function.Consumer<String> listener) {
    for (LocalNode child : children) {
      child.onUnexpectedExit(() -> listener.accept(child.epitaph()));
    }
  }

  /** Stops our nodes, all at once, and waits for them. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      children.forEach(LocalNode::stop);
    }
    children.forEach(LocalNode::awaitStop);
    if (temporary != null) {
      remove(temporary);
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      // closed twice at once, or never written to: nothing of worth is left
    }
  }
}
