package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.transport.GroupTraffic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeedTest {

  private static final long INDEX = 5_000;
  private static final long TERM = 7;

  @TempDir Path dir;

  /** A checkpoint of a list of two at {@link #INDEX}. */
  private Path checkpoint() throws IOException {
    Path seed = dir.resolve("seed");
    if (!Files.exists(seed)) {
      Files.createDirectories(seed);
      Files.write(seed.resolve("list"), List.of(INDEX + " " + TERM, "a", "b"));
      Files.write(seed.resolve("ballast"), new byte[5 << 20]);
    }
    return seed;
  }

  private static void removeTree(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path path : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    }
  }

  private boolean seed(TestCluster cluster, TestCluster.Node node) throws IOException {
    return node.host().seed(cluster.group, checkpoint(), INDEX, TERM, cluster.voters(), Set.of());
  }

  @Test
  void seededReplicasElectTheOneThatStandsAndGoOnBehindTheSeed() throws Exception {
    // No follower's patience ends here: only a campaign elects.
    Duration timeout = Duration.ofSeconds(1);
    RaftTimings patient = RaftTimings.DEFAULT.withElection(timeout, Duration.ofDays(20));
    try (TestCluster cluster = new TestCluster(dir, 3, o -> o.withTimings(patient))) {
      List<TestCluster.Node> nodes = new ArrayList<>(cluster.nodes.values());
      for (TestCluster.Node node : nodes) {
        assertThat(seed(cluster, node)).isTrue();
      }
      removeTree(checkpoint());
      for (TestCluster.Node node : nodes) {
        node.open(cluster.group, Set.of(), Set.of());
      }
      awaitVotes(cluster, timeout);
      nodes.get(1).log().campaign();
      TestCluster.Node leader = cluster.awaitLeader();
      assertThat(leader).isSameAs(nodes.get(1));
      assertThat(leader.log().leadership().term()).isGreaterThan(TERM);
      assertThat(leader.log().membership().voters()).isEqualTo(cluster.voters());
      cluster.write("c");
      cluster.awaitCounts(3);
      for (TestCluster.Node node : nodes) {
        assertThat(node.machine().entries()).containsExactly("a", "b", "c");
        assertThat(node.machine().appliedIndex()).isEqualTo(INDEX + 2); // behind the term's own
        assertThat(node.log().progress().firstIndex()).isEqualTo(INDEX + 1);
      }
      for (TestCluster.Node node : nodes) {
        node.stop();
      }
      for (TestCluster.Node node : nodes) {
        node.restart(Set.of());
      }
      awaitVotes(cluster, timeout);
      nodes.get(2).log().campaign();
      assertThat(cluster.awaitLeader()).isSameAs(nodes.get(2));
      cluster.write("d");
      cluster.awaitCounts(4);
      TestCluster.Node late = cluster.add("n4");
      cluster.introduce(late);
      late.startHost();
      late.open(cluster.group, Set.of(), Set.of());
      cluster.change(cluster.voters(), Set.of());
      cluster.awaitCounts(4);
      assertThat(late.machine().snapshotsLoaded()).isOne();
    }
  }

  /**
   * It begins at its own state, behind the seed that it has to send: what the log cannot say is the
   * term of the entry that the seed ends with, which comes before the first one in the log.
   */
  @Test
  void aSeededReplicaThatWasRestartedBringsInOthers() throws Exception {
    try (TestCluster cluster = new TestCluster(dir, 1, o -> o)) {
      TestCluster.Node node = cluster.nodes.values().iterator().next();
      assertThat(seed(cluster, node)).isTrue();
      node.open(cluster.group, Set.of(), Set.of());
      cluster.awaitLeader();
      cluster.write("c");
      node.machine().flush();
      node.stop();
      node.restart(Set.of());
      cluster.awaitLeader();
      cluster.write("d");

      TestCluster.Node late = cluster.add("n4");
      cluster.introduce(late);
      late.startHost();
      late.open(cluster.group, Set.of(), Set.of());
      cluster.change(cluster.voters(), Set.of());

      TestCluster.eventually()
          .until(() -> late.machine().entries().equals(List.of("a", "b", "c", "d")));
    }
  }

  /** A node that has just started grants no vote, for it may have promised a lease before. */
  private static void awaitVotes(TestCluster cluster, Duration timeout) {
    for (TestCluster.Node node : cluster.nodes.values()) {
      GroupTraffic traffic = node.context().endpoint().traffic(cluster.group);
      TestCluster.eventually()
          .until(() -> System.nanoTime() - traffic.leaderNanos() >= timeout.toNanos());
    }
  }

  @Test
  void seedingAgainAfterACrashAtAnyStepComesToTheSame() throws Exception {
    for (int crash = 0; crash < 4; crash++) {
      Path root = dir.resolve("run" + crash);
      try (TestCluster cluster = new TestCluster(root, 1, o -> o)) {
        TestCluster.Node node = cluster.nodes.values().iterator().next();
        Path snapshots = node.context().snapshots(cluster.group);
        switch (crash) {
          case 0 -> {
            // The term was stored, no more.
            assertThat(
                    node.context()
                        .log()
                        .vote(cluster.group)
                        .setTermAndVotedFor(TERM, com.alipay.sofa.jraft.entity.PeerId.emptyPeer()))
                .isTrue();
          }
          case 1 -> {
            // The snapshot was being written.
            Files.createDirectories(snapshots.resolve("temp").resolve("state"));
            Files.writeString(snapshots.resolve("temp").resolve("state").resolve("list"), "9 9");
          }
          case 2 -> {
            // The snapshot is there, the log does not begin behind it yet.
            assertThat(seed(cluster, node)).isTrue();
            node.context().log().forget(cluster.group);
            assertThat(
                    node.context()
                        .log()
                        .vote(cluster.group)
                        .setTermAndVotedFor(TERM, com.alipay.sofa.jraft.entity.PeerId.emptyPeer()))
                .isTrue();
          }
          default -> assertThat(seed(cluster, node)).isTrue();
        }
        assertThat(seed(cluster, node)).isEqualTo(crash < 3);
        assertThat(seed(cluster, node)).isFalse();
        node.open(cluster.group, Set.of(), Set.of());
        assertThat(cluster.awaitLeader().log().leadership().term()).isGreaterThan(TERM);
        cluster.write("c");
        assertThat(node.machine().entries()).containsExactly("a", "b", "c");
        assertThatIllegalStateException().isThrownBy(() -> seed(cluster, node));
      }
    }
  }

  @Test
  void aSnapshotWithoutTheLogsStartOpensAllTheSame() throws Exception {
    try (TestCluster cluster = new TestCluster(dir, 1, o -> o)) {
      TestCluster.Node node = cluster.nodes.values().iterator().next();
      assertThat(seed(cluster, node)).isTrue();
      node.context().log().forget(cluster.group);
      node.open(cluster.group, Set.of(), Set.of());
      cluster.awaitLeader();
      cluster.write("c");
      assertThat(node.machine().entries()).containsExactly("a", "b", "c");
      assertThat(node.log().progress().firstIndex()).isEqualTo(INDEX + 1);
    }
  }

  @Test
  void aLivingGroupIsNotSeeded() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node node = cluster.awaitLeader();
      cluster.write("own");
      node.log().close();
      assertThat(seed(cluster, node)).isFalse();
      node.machine().flush();
      node.open(cluster.group, cluster.voters(), Set.of());
      cluster.awaitLeader();
      assertThat(node.machine().entries()).containsExactly("own");
    }
  }

  /** It acknowledged what it does not hold any more: nobody may be elected by its forgetting it. */
  @Test
  void aDestroyedReplicaComesBackEmptyAndIsElectedOnlyOnceItHoldsWhatItHeld() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 2)) {
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node node = cluster.others(leader).get(0);
      cluster.write("old");
      cluster.awaitCounts(1);
      node.log().requestSnapshot();
      TestCluster.eventually().until(() -> node.log().progress().snapshotIndex() > 0);
      assertThatIllegalStateException().isThrownBy(() -> node.host().destroy(cluster.group));
      cluster.change(Set.of(leader.id), Set.of());
      destroy(cluster, node);
      assertThat(node.context().snapshots(cluster.group)).doesNotExist();

      // as if a snapshot from long ago had told it so
      node.open(cluster.group, Set.of(node.id), Set.of());
      assertThat(mayStand(node)).isFalse();
      assertThat(node.log().progress().lastIndex()).isZero();
      destroy(cluster, node);

      node.open(cluster.group, Set.of(), Set.of());
      cluster.change(cluster.voters(), Set.of());
      cluster.write("new");
      cluster.awaitCounts(2);
      TestCluster.eventually().until(() -> mayStand(node));
      assertThat(node.machine().entries()).containsExactly("old", "new");
    }
  }

  private static void destroy(TestCluster cluster, TestCluster.Node node) throws IOException {
    node.log().close();
    node.host().destroy(cluster.group);
    node.host().destroy(cluster.group);
    removeTree(node.directory.resolve("machine-" + cluster.group));
  }

  private static boolean mayStand(TestCluster.Node node) {
    RaftReplica replica = ((JRaftReplicatedLog) node.log()).replica();
    return replica != null && !replica.node().getServerId().isPriorityNotElected();
  }

  /** One voter with data becomes three, the others opened empty and told by it. */
  @Test
  void replicasOpenedEmptyWaitForTheirLeaderAndBecomeVotersAtOnce() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node first = cluster.awaitLeader();
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 50; i++) {
          cluster.write("a" + round + "-" + i);
        }
        long before = first.log().progress().snapshotIndex();
        first.log().requestSnapshot();
        TestCluster.eventually().until(() -> first.log().progress().snapshotIndex() > before);
      }
      TestCluster.eventually().until(() -> first.log().progress().firstIndex() > 50);
      List<TestCluster.Node> joining = List.of(cluster.add("n2"), cluster.add("n3"));
      for (TestCluster.Node node : joining) {
        cluster.introduce(node);
      }
      for (TestCluster.Node node : joining) {
        node.startHost();
        ReplicatedLog log = node.open(cluster.group, Set.of(), Set.of());
        log.campaign(); // in vain, not being a voter
      }
      Set<NodeId> all = cluster.voters();
      for (TestCluster.Node node : joining) {
        assertThat(node.log().leadership())
            .isEqualTo(new Leadership(Leadership.Role.FOLLOWER, 0, null));
        assertThat(node.log().membership().voters()).isEmpty();
      }
      long term = first.log().leadership().term();
      cluster.change(all, Set.of());
      assertThat(first.log().leadership().term()).isEqualTo(term);
      assertThat(first.log().membership().voters()).isEqualTo(all);
      cluster.awaitCounts(100);
      first.stop();
      TestCluster.Node next = cluster.awaitLeader();
      assertThat(joining).contains(next);
      cluster.write("by the new ones");
      for (TestCluster.Node node : joining) {
        TestCluster.eventually().until(() -> node.machine().count() == 101);
        assertThat(node.machine().snapshotsLoaded()).isOne();
      }
    }
  }
}
