package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import kvstore.protocol.Reply;
import kvstore.server.config.ClusterMember;
import kvstore.testkit.script.RespClient;
import org.jspecify.annotations.Nullable;

/**
 * One node of kvstore as a process of its own, with its directory and ports; may be started and
 * stopped again and again. For one thread, save {@link #address} and {@link #connect}.
 */
public final class Node implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String id;
  private final Path folder;
  private final List<String> options;
  private final Ports ports;
  private @Nullable Child child;

  /** Where a node listens. */
  record Ports(int client, int peer, int http) {
    static Ports free() {
      return new Ports(FreePorts.nextWithClusterPort(), FreePorts.next(), FreePorts.next());
    }
  }

  /**
   * @param folder for its data directory and its log
   * @param options added to every start
   */
  Node(String id, Path folder, Ports ports, List<String> options) {
    this.id = id;
    this.folder = folder;
    this.ports = ports;
    this.options = List.copyOf(options);
  }

  /** A node that is a cluster of its own; not started yet. */
  public static Node alone(Path folder, String... options) {
    return new Node("n1", folder, Ports.free(), List.of(options));
  }

  /** A node that is to join the cluster of another; not started yet. */
  public static Node joining(String id, Path folder, Node seed, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--join");
    all.add("127.0.0.1:" + seed.ports.client() + "@" + seed.ports.peer());
    return new Node(id, folder, Ports.free(), all);
  }

  public String id() {
    return id;
  }

  /** Its data directory. */
  public Path directory() {
    return folder.resolve(id);
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.client());
  }

  /** Its port for clients that speak the Redis Cluster protocol. */
  public InetSocketAddress clusterAddress() {
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), ports.client() + ClusterMember.CLUSTER_PORT_OFFSET);
  }

  /** Its port for other nodes. */
  public InetSocketAddress peerAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.peer());
  }

  public InetSocketAddress httpAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.http());
  }

  /** As {@code --initial-cluster} has it. */
  String member() {
    return id + "=127.0.0.1:" + ports.client() + "@" + ports.peer();
  }

  /** Starts the process without waiting for it to answer. */
  public void launch(String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of("--node-id", id, "--dir", directory().toString()));
    all.addAll(List.of("--port", "" + ports.client()));
    all.addAll(List.of("--peer-port", "" + ports.peer()));
    all.addAll(List.of("--http-port", "" + ports.http()));
    all.addAll(options);
    all.addAll(Arrays.asList(more));
    launchAs(all);
  }

  /** Starts the process with these options only. */
  public void launchAs(List<String> exactly) throws IOException {
    if (isUp()) {
      throw new IllegalStateException("expected " + id + " to be down, but it runs");
    }
    Files.createDirectories(folder);
    child = Child.start(ServerCommand.of(exactly), folder, folder.resolve(id + ".log"));
  }

  /** Starts the process and waits until it answers PING. */
  public void start(String... more) throws IOException {
    launch(more);
    Readiness.awaitPong(address(), child());
  }

  /** Waits until it answers commands on keys, which needs a leader. */
  public void awaitData() {
    Readiness.awaitData(address(), child());
  }

  public boolean isUp() {
    return child != null && child.isAlive();
  }

  public Child child() {
    if (child == null) {
      throw new IllegalStateException("expected " + id + " to have been started");
    }
    return child;
  }

  /** SIGTERM; the exit code. */
  public int stop() throws InterruptedException {
    return child().stop();
  }

  /** SIGKILL. */
  public void kill() throws InterruptedException {
    child().kill();
  }

  public RespClient connect() throws IOException {
    return new RespClient(address(), PATIENCE);
  }

  /** A field of its first shard in INFO, such as {@code role}; null if it can not be had. */
  public @Nullable String shard(String field) {
    if (!isUp()) {
      return null;
    }
    try (RespClient client = new RespClient(address(), Duration.ofSeconds(2))) {
      String text = client.ask("INFO", "shards");
      return text == null ? null : fields(text).get(field);
    } catch (IOException e) {
      return null;
    }
  }

  private static Map<String, String> fields(String info) {
    return info.lines()
        .filter(line -> line.contains("role="))
        .limit(1)
        .flatMap(line -> Arrays.stream(line.substring(line.indexOf(':') + 1).split(",", -1)))
        .filter(field -> field.contains("="))
        .collect(Collectors.toMap(f -> f.split("=", 2)[0], f -> f.split("=", 2)[1]));
  }

  /** Whether it says that it leads. */
  public boolean leads() {
    return "leader".equals(shard("role"));
  }

  /** One command on a connection of its own. */
  public Reply call(String... words) throws IOException {
    try (RespClient client = connect()) {
      return client.call(words);
    }
  }

  @Override
  public void close() {
    if (child != null) {
      child.close();
    }
  }
}
