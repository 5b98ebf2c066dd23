package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alipay.sofa.jraft.entity.LocalFileMetaOutter.LocalFileMeta;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotMetaTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import kvstore.replication.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {

  @TempDir Path dir;

  private static void snapshot(TestCluster.Node node) {
    long before = node.log().progress().snapshotIndex();
    node.log().requestSnapshot();
    TestCluster.eventually().until(() -> node.log().progress().snapshotIndex() > before);
  }

  @Test
  void aFollowerFarBehindGetsASnapshotWhileWritesGoOn() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node late = cluster.others(leader).get(0);
      cluster.write("first");
      cluster.awaitCounts(1);
      late.stop();
      for (int i = 0; i < 100; i++) {
        cluster.write("a" + i);
      }
      // The log is cut at the snapshot before the last one.
      for (TestCluster.Node node : cluster.nodes.values()) {
        if (node.isRunning()) {
          snapshot(node);
        }
      }
      for (int i = 0; i < 100; i++) {
        cluster.write("b" + i);
      }
      for (TestCluster.Node node : cluster.nodes.values()) {
        if (node.isRunning()) {
          snapshot(node);
          TestCluster.eventually().until(() -> node.log().progress().firstIndex() > 50);
        }
      }
      AtomicBoolean done = new AtomicBoolean();
      Thread writer =
          new Thread(() -> {
            try {
              for (int i = 0; !done.get() || i < 50; i++) {
                cluster.write("c" + i);
              }
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      writer.start();
      late.restart();
      TestCluster.eventually().until(() -> late.machine().snapshotsLoaded() == 1);
      TestCluster.eventually().until(() -> late.machine().entries().contains("c5"));
      done.set(true);
      writer.join();
      TestCluster.eventually()
          .untilAsserted(
              () -> assertThat(late.machine().entries()).isEqualTo(leader.machine().entries()));
    }
  }

  /** As few entries as here the library takes for nothing to catch up with. */
  @Test
  void aNewVoterCountsOnlyOnceItHoldsTheSnapshot() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      for (int i = 0; i < 3; i++) {
        cluster.write("a" + i);
        cluster.awaitCounts(i + 1);
        cluster.nodes.values().forEach(SnapshotTest::snapshot);
      }
      TestCluster.Node late = cluster.add("n4");
      late.startHost();
      cluster.introduce(late);
      late.open(cluster.group, Set.of(), Set.of());
      late.machine().mayLoad.drainPermits();

      TestCluster.Node leader = cluster.awaitLeader();
      CompletableFuture<Void> change =
          leader.log().membership().change(cluster.voters(), Set.of()).toCompletableFuture();
      TestCluster.eventually().until(late.machine().mayLoad::hasQueuedThreads);
      assertThat(change).isNotDone();
      assertThat(leader.log().membership().voters()).doesNotContain(late.id);

      late.machine().mayLoad.release(1_000);
      change.get(30, TimeUnit.SECONDS);
      assertThat(late.machine().entries()).contains("a0", "a1");
      assertThat(leader.log().membership().voters()).contains(late.id);
    }
  }

  /** It copies or loads a snapshot, and has no time for anything else. */
  @Test
  void aNewVoterThatIsSilentForAWhileIsWaitedFor() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      for (int i = 0; i < 2; i++) {
        cluster.write("a" + i);
        cluster.awaitCounts(i + 1);
        cluster.nodes.values().forEach(SnapshotTest::snapshot);
      }
      TestCluster.Node late = cluster.add("n4");
      late.startHost();
      cluster.introduce(late);
      late.open(cluster.group, Set.of(), Set.of());
      late.machine().mayLoad.drainPermits();
      TestCluster.Node leader = cluster.awaitLeader();
      CompletableFuture<Void> change =
          leader.log().membership().change(cluster.voters(), Set.of()).toCompletableFuture();
      TestCluster.eventually().until(late.machine().mayLoad::hasQueuedThreads);

      cluster.isolate(late);
      long silent = System.nanoTime();
      TestCluster.eventually()
          .until(() -> change.isDone() || System.nanoTime() - silent > 1_500_000_000L);
      assertThat(change).isNotDone();
      cluster.heal();
      late.machine().mayLoad.release(1_000);

      change.get(30, TimeUnit.SECONDS);
      assertThat(leader.log().membership().voters()).contains(late.id);
    }
  }

  /** Of 5 MiB the first two pass at once, since nothing was copied before. */
  @Test
  void aSnapshotIsCopiedNoFasterThanItMay() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      for (int i = 0; i < 3; i++) {
        cluster.write("a" + i);
        snapshot(cluster.awaitLeader());
      }
      TestCluster.Node late = cluster.add("n4");
      late.startHost();
      cluster.introduce(late);
      late.open(cluster.group, Set.of(), Set.of());
      cluster.awaitLeader().host().limitCopying(2 << 20);
      long began = System.nanoTime();

      cluster.change(cluster.voters(), Set.of());

      assertThat(late.machine().snapshotsLoaded()).isEqualTo(1);
      assertThat(System.nanoTime() - began).isGreaterThan(1_000_000_000L);
    }
  }

  @Test
  void aNewVoterThatNeverAnswersIsGivenUp() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      cluster.write("a");
      TestCluster.Node absent = cluster.add("n4");
      cluster.introduce(absent);
      absent.stop();
      TestCluster.Node leader = cluster.awaitLeader();

      CompletableFuture<Void> change =
          leader.log().membership().change(cluster.voters(), Set.of()).toCompletableFuture();

      assertThatThrownBy(() -> change.get(30, TimeUnit.SECONDS))
          .hasMessageContaining("the change of members failed"); // or its leader stepped down
      cluster.write("b");
    }
  }

  /** Files of a former source in the folder, of which the leader's snapshot has none. */
  @Test
  void aCopyBrokenOffIsGoneOnWithFromOtherFiles() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      for (int i = 0; i < 3; i++) {
        cluster.write("a" + i);
        snapshot(cluster.awaitLeader());
      }
      TestCluster.Node late = cluster.add("n4");
      late.startHost();
      cluster.introduce(late);
      Path temp = late.context().snapshots(cluster.group).resolve("temp");
      Files.createDirectories(temp);
      LocalSnapshotMetaTable table = new LocalSnapshotMetaTable(new RaftOptions());
      table.setMeta(
          SnapshotMeta.newBuilder().setLastIncludedIndex(2).setLastIncludedTerm(1).build());
      for (String name : List.of("state/1.sst", "state/2.sst", "state/3.sst", "state/4.sst")) {
        table.addFile(name, LocalFileMeta.newBuilder().setChecksum("1").build());
      }
      assertThat(table.saveToFile(temp.resolve(Snapshot.JRAFT_SNAPSHOT_META_FILE).toString()))
          .isTrue();

      late.open(cluster.group, Set.of(), Set.of());
      cluster.change(cluster.voters(), Set.of());
      assertThat(late.machine().snapshotsLoaded()).isOne();
      TestCluster.eventually().until(() -> late.machine().count() == 3);
    }
  }

  @Test
  void aDatabaseNewerThanTheSnapshotIsKept() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node node = cluster.awaitLeader();
      cluster.write("a");
      snapshot(node);
      cluster.write("b");
      node.machine().flush();
      cluster.write("c");
      node.stop();
      node.restart();
      cluster.awaitCounts(3);
      assertThat(node.machine().entries()).containsExactly("a", "b", "c");
      assertThat(node.machine().snapshotsLoaded()).isZero();
    }
  }

  @Test
  void aRestartBeginsAtTheDatabasesOwnStateAndCutsNoLogForIt() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node late = cluster.others(leader).get(0);
      cluster.write("first");
      cluster.awaitCounts(1);
      late.stop();
      for (int i = 0; i < 50; i++) {
        cluster.write("a" + i);
      }
      TestCluster.Node other =
          cluster.others(late).stream().filter(n -> n != leader).findAny().get();
      TestCluster.eventually().until(() -> other.machine().count() == 51);
      for (TestCluster.Node node : List.of(leader, other)) {
        node.machine().flush();
        node.stop();
      }
      // One of three elects nobody: nothing new is there for a snapshot to take, and none may count
      // what the database had, cutting what the late one still needs.
      leader.restart();
      leader.log().requestSnapshot();
      TestCluster.eventually().until(() -> leader.machine().count() == 51);
      assertThat(leader.log().progress().snapshotIndex()).isZero();
      assertThat(leader.log().progress().firstIndex()).isEqualTo(1);
      other.restart();
      cluster.write("b");
      for (TestCluster.Node node : List.of(leader, other)) {
        snapshot(node);
      }
      late.restart();
      cluster.write("c");
      cluster.awaitCounts(53);
      for (TestCluster.Node node : cluster.nodes.values()) {
        assertThat(node.machine().entries()).isEqualTo(leader.machine().entries());
      }
    }
  }

  @Test
  void aDatabaseOlderThanTheSnapshotIsReplaced() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node node = cluster.awaitLeader();
      cluster.write("a");
      cluster.write("b");
      snapshot(node);
      node.stop();
      Files.delete(node.directory.resolve("machine-" + cluster.group).resolve("list"));
      node.restart();
      cluster.awaitCounts(2);
      assertThat(node.machine().snapshotsLoaded()).isOne();
    }
  }

  @Test
  void theLogIsCutWhenItHasGrownAndWhatIsCutIsNotNeededAgain() throws Exception {
    try (TestCluster cluster =
        TestCluster.of(
            dir, 1, o -> o.withBudget(RaftBudget.DEFAULT.withSnapshotLogBytes(20_000)))) {
      TestCluster.Node node = cluster.awaitLeader();
      int i = 0;
      while (node.log().progress().firstIndex() < 200) {
        cluster.write("entry of some length " + i++);
      }
      node.stop();
      node.restart();
      cluster.awaitCounts(i);
      cluster.write("more");
    }
  }

  @Test
  void aDamagedSnapshotIsPutAsideAndTheLogReadInstead() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node node = cluster.awaitLeader();
      cluster.write("a");
      snapshot(node);
      node.stop();
      Files.delete(node.directory.resolve("machine-" + cluster.group).resolve("list"));
      Path ballast;
      try (Stream<Path> files = Files.walk(node.directory.resolve("raft").resolve("snapshots"))) {
        ballast = files.filter(f -> f.endsWith("ballast")).findAny().orElseThrow();
      }
      byte[] bytes = Files.readAllBytes(ballast);
      bytes[2_000_000] ^= 1;
      Files.write(ballast, bytes);
      node.restart();
      cluster.awaitCounts(1);
      assertThat(node.machine().failures()).hasSize(1);
      assertThat(node.machine().failures().get(0)).hasMessageContaining("checksum");
      assertThat(node.machine().snapshotsLoaded()).isZero();
      cluster.write("b");
    }
  }

  @Test
  void aNewNodeIsToldEverythingByTheLeaderAndThenVotes() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node first = cluster.awaitLeader();
      for (int i = 0; i < 50; i++) {
        cluster.write("a" + i);
      }
      snapshot(first);
      TestCluster.Node second = cluster.add("n2");
      cluster.introduce(second);
      second.startHost();
      second.open(cluster.group, Set.of(), Set.of());
      Set<NodeId> one = Set.of(first.id);
      Set<NodeId> two = Set.of(second.id);
      cluster.change(one, two);
      cluster.awaitCounts(50);
      assertThat(second.log().membership().learners()).isEqualTo(two);
      cluster.change(Set.of(first.id, second.id), Set.of());
      assertThat(first.log().membership().voters()).containsExactlyInAnyOrder(first.id, second.id);
      cluster.write("by two");
      cluster.awaitCounts(51);
      second.stop();
      TestCluster.eventually().until(() -> !first.log().leadership().isLeader());
      second.restart(Set.of());
      cluster.awaitLeader();
      cluster.write("again");
      cluster.change(Set.of(first.id), Set.of(second.id));
      cluster.awaitLeader();
      TestCluster.eventually().until(() -> first.log().leadership().isLeader());
      cluster.write("by one");
      cluster.awaitCounts(53);
      cluster.change(one, Set.of());
      assertThat(first.log().membership().learners()).isEmpty();
    }
  }
}
