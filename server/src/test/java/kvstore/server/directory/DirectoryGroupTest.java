package kvstore.server.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;
import kvstore.replication.raft.RaftHost;
import kvstore.replication.raft.RaftHostOptions;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.directory.DirectoryCommand.AddNode;
import kvstore.server.directory.DirectoryCommand.ChangeSetting;
import kvstore.server.router.Leaders;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real Raft, real connections, real disks: three nodes with a replica and one without. */
class DirectoryGroupTest {

  private static final int NODES = 4;
  private static final int VOTERS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path root;

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<Node> nodes = new ArrayList<>();
  private final Node[] running = new Node[NODES];
  private final int[] ports = new int[NODES];
  private ClusterState assumed = Transition.EMPTY;

  /** One node, while it runs. */
  private final class Node {
    final int index;
    final PeerTransport transport;
    final ClusterView view;
    final Leaders leaders = new Leaders();
    final DirectoryService service;
    final List<String> tenures = new ArrayList<>();
    final RaftHost raft;

    Node(int index, PeerTransport transport) throws IOException {
      this.index = index;
      this.transport = transport;
      this.view = new ClusterView(assumed);
      for (int i = 0; i < NODES; i++) {
        if (i != index) {
          transport.setPeer(States.id(i + 1), "127.0.0.1", ports[i]);
        }
      }
      Surroundings surroundings =
          new Surroundings(transport, view, leaders, timer, InstantSource.system());
      service = new DirectoryService(surroundings);
      service.listen(
          new Directory.Tenure() {
            @Override
            public void began(Directory directory, long term) {
              tenures.add("began");
            }

            @Override
            public void ended() {
              tenures.add("ended");
            }
          });
      service.administer(request ->
          java.util.concurrent.CompletableFuture.completedFuture(
              ("done: " + new String(request, StandardCharsets.UTF_8))
                  .getBytes(StandardCharsets.UTF_8)));
      raft = RaftHost.start(RaftHostOptions.of(root.resolve("n" + index)), transport);
      if (index < VOTERS) {
        service.open(machine -> raft.open("c1-directory", machine, voters(), Set.of()));
      }
      service.report(
          () -> new NodeReport(transport.self(), "1", view.current().version(), List.of()),
          entry(index));
    }

    boolean leads() {
      Directory directory = service.local();
      return directory != null && directory.leadership().isLeader();
    }

    void stop() {
      service.close();
      Directory directory = service.local();
      if (directory != null) {
        directory.close();
      }
      raft.close();
      transport.close();
      running[index] = null;
    }
  }

  private static Set<NodeId> voters() {
    return Set.of(States.id(1), States.id(2), States.id(3));
  }

  private NodeEntry entry(int index) {
    return new NodeEntry(
        States.id(index + 1),
        "127.0.0.1",
        0,
        0,
        ports[index],
        "z" + index,
        NodeEntry.Status.ACTIVE,
        "1",
        0);
  }

  private PeerTransport transport(int index) throws IOException {
    return PeerTransport.start(
        TransportOptions.of(
            States.id(index + 1),
            "c1",
            "secret".getBytes(StandardCharsets.UTF_8),
            "127.0.0.1",
            ports[index]));
  }

  @BeforeEach
  void start() throws IOException {
    PeerTransport[] transports = new PeerTransport[NODES];
    List<NodeEntry> entries = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      transports[i] = transport(i);
      ports[i] = transports[i].boundPort();
      entries.add(entry(i));
    }
    List<ReplicaEntry> voters = List.of(States.voter(1), States.voter(2), States.voter(3));
    assumed =
        new ClusterState(
            0,
            "c1",
            Settings.DEFAULT,
            entries,
            List.of(ShardEntry.directory(voters), new ShardEntry(1, 0, 16_383, voters, null)),
            2);
    for (int i = 0; i < NODES; i++) {
      running[i] = new Node(i, transports[i]);
      nodes.add(running[i]);
    }
    await().until(() -> alive().stream().allMatch(n -> n.view.current().version() > 0));
  }

  @AfterEach
  void stop() {
    alive().forEach(Node::stop);
    timer.shutdownNow();
  }

  private List<Node> alive() {
    List<Node> alive = new ArrayList<>();
    for (Node node : running) {
      if (node != null) {
        alive.add(node);
      }
    }
    return alive;
  }

  private Node leader() {
    await().until(() -> alive().stream().anyMatch(Node::leads));
    return alive().stream().filter(Node::leads).findFirst().orElseThrow();
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5));
  }

  private ClusterState propose(Node node, DirectoryCommand command) throws Exception {
    return node.service
        .client()
        .propose(command, PATIENCE)
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void everyNodeHearsOfAChangeAtOnceAndAnyNodeMayAskForIt() throws Exception {
    Node leader = leader();
    await().until(() -> leader.service.reports().all().size() == NODES);
    Node outsider = running[VOTERS];
    List<Long> tookMillis = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      String value = Integer.toString(i);
      ClusterState made =
          Objects.requireNonNull(leader.service.local())
              .propose(new ChangeSetting("shards-per-node", value))
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      long committed = System.nanoTime();
      await()
          .until(
              () -> alive().stream().allMatch(n -> n.view.current().version() >= made.version()));
      tookMillis.add((System.nanoTime() - committed) / 1_000_000);
    }
    tookMillis.sort(null);
    assertThat(tookMillis.get(2)).as("median of %s ms", tookMillis).isLessThan(200);

    ClusterState state = propose(outsider, new ChangeSetting("replicas", "5"));
    assertThat(state.settings().replicas()).isEqualTo(5);
    assertThat(
            Objects.requireNonNull(leader.service.local())
                .read()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .settings()
                .replicas())
        .isEqualTo(5);
    assertThatThrownBy(() -> propose(outsider, new ChangeSetting("replicas", "4")))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseInstanceOf(DirectoryException.class)
        .hasMessageContaining("odd");
    byte[] answer =
        outsider
            .service
            .client()
            .order("move".getBytes(StandardCharsets.UTF_8), PATIENCE)
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("done: move");
  }

  /** Else whoever asks a cluster for something as soon as it takes writes would be turned away. */
  @Test
  void whatIsAskedBeforeTheClusterIsFoundedIsAskedAgain() throws Exception {
    alive().forEach(Node::stop);
    root = Files.createDirectory(root.resolve("another"));
    assumed = Transition.EMPTY; // which no leader writes down
    for (int i = 0; i < NODES; i++) {
      running[i] = new Node(i, transport(i));
    }
    DirectoryClient client = leader().service.client();
    Duration deadline = Duration.ofMillis(500);
    for (CompletionStage<?> asked :
        List.of(
            client.propose(new ChangeSetting("replicas", "5"), deadline),
            client.order(new byte[0], deadline))) {
      assertThatThrownBy(() -> asked.toCompletableFuture().get(30, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              DirectoryException.class,
              e -> assertThat(e.reason()).isEqualTo(DirectoryException.Reason.NOT_LEADING));
    }
  }

  @Test
  void aLeaderThatDiesIsMarkedDownAndUpAgainAndForgetsNothing() throws Exception {
    Node first = leader();
    propose(running[VOTERS], new ChangeSetting("split-ops", "77"));
    NodeId dead = States.id(first.index + 1);
    first.stop();
    Node second = leader();
    assertThat(propose(running[VOTERS], new ChangeSetting("split-bytes", "1048577")).settings())
        .satisfies(s -> assertThat(s.splitOpsPerSecond()).isEqualTo(77));
    await().until(() -> Objects.requireNonNull(running[VOTERS].view.current().node(dead)).isDown());
    assertThat(second.view.current().nodes().stream().filter(NodeEntry::isDown)).hasSize(1);

    Objects.requireNonNull(second.service.localLog()).requestSnapshot();
    await()
        .until(
            () -> Objects.requireNonNull(second.service.localLog()).progress().snapshotIndex() > 0);
    running[first.index] = new Node(first.index, transport(first.index));
    Node back = running[first.index];
    await()
        .until(() -> {
          ClusterState here = Objects.requireNonNull(back.service.local()).state();
          NodeEntry entry = here.node(dead);
          return entry != null && !entry.isDown() && here.settings().splitBytes() == 1_048_577;
        });
    assertThat(first.tenures).startsWith("began").endsWith("ended");
  }

  @Test
  void aGroupStoppedAsAWholeComesBackWithAllItHadFromSnapshotAndLog() throws Exception {
    Node leader = leader();
    propose(leader, new ChangeSetting("split-ops", "1"));
    Objects.requireNonNull(leader.service.localLog()).requestSnapshot();
    await()
        .until(
            () -> Objects.requireNonNull(leader.service.localLog()).progress().snapshotIndex() > 0);
    ClusterState before =
        propose(
            leader,
            new AddNode(
                new NodeEntry(
                    new NodeId("n9"), "h9", 1, 2, 3, "", NodeEntry.Status.ACTIVE, "", 0)));
    alive().forEach(Node::stop);
    for (int i = 0; i < NODES; i++) {
      running[i] = new Node(i, transport(i));
    }
    Node again = leader();
    ClusterState after =
        Objects.requireNonNull(again.service.local())
            .read()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    assertThat(after.version()).isGreaterThanOrEqualTo(before.version());
    assertThat(after.settings()).isEqualTo(before.settings());
    assertThat(after.shards()).isEqualTo(before.shards());
    assertThat(after.node(new NodeId("n9"))).isNotNull();
    await().until(() -> running[VOTERS].view.current().version() >= before.version());
  }

  @Test
  void wordOfALeaderReachesEveryNode() {
    running[0].service.announcements().leads(1, 42);
    await()
        .until(() ->
            alive().stream()
                .allMatch(n -> new Leaders.Known(States.id(1), 42).equals(n.leaders.of(1))));
  }

  @Test
  void aStateFileIsReadBackAndADamagedOneIsPutAside() throws Exception {
    Path path = root.resolve(StateFile.NAME);
    StateFile file = new StateFile(path);
    assertThat(file.load("c1")).isEmpty();
    ClusterState state = running[0].view.current();
    file.store(state);
    assertThat(file.load("c1")).contains(state);
    assertThatThrownBy(() -> file.load("c2"))
        .hasMessageContaining("expected the state of cluster c2");
    byte[] bytes = Files.readAllBytes(path);
    bytes[bytes.length / 2] ^= 1;
    Files.write(path, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    assertThat(file.load("c1")).isEmpty();
    assertThat(path).doesNotExist();
    assertThat(root.resolve("cluster.state.damaged")).exists();
    file.follow(running[0].view, Runnable::run);
    assertThat(file.load("c1")).contains(running[0].view.current());
  }
}
