package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import kvstore.replication.DamagedStateException;
import kvstore.replication.Leadership.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica whose state and snapshot are damaged, and whose log does not begin with entry 1. */
class SnapshotFetchTest {

  @TempDir Path dir;

  private TestCluster cluster(int size) throws IOException {
    RaftTimings timings =
        RaftTimings.DEFAULT.withKeeping(
            Duration.ofMillis(20),
            Duration.ofSeconds(15),
            Duration.ofMillis(50),
            Duration.ofMillis(500));
    return TestCluster.of(dir, size, options -> options.withTimings(timings));
  }

  private static void snapshot(TestCluster.Node node) {
    long before = node.log().progress().snapshotIndex();
    node.log().requestSnapshot();
    TestCluster.eventually().until(() -> node.log().progress().snapshotIndex() > before);
  }

  private static int write(TestCluster cluster, String prefix, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      cluster.write(prefix + i);
    }
    return count;
  }

  /**
   * Some entries, and snapshots of all nodes but some, so that their logs begin behind the first.
   */
  private static int cutLogs(TestCluster cluster, List<TestCluster.Node> nodes) throws Exception {
    int count = 0;
    for (String prefix : List.of("a", "b", "c")) {
      count += write(cluster, prefix, 10);
      cluster.awaitCounts(count);
      nodes.forEach(SnapshotFetchTest::snapshot);
    }
    for (TestCluster.Node node : nodes) {
      TestCluster.eventually().until(() -> node.log().progress().firstIndex() > 5);
    }
    return count;
  }

  private static List<TestCluster.Node> all(TestCluster cluster) {
    return List.copyOf(cluster.nodes.values());
  }

  private static Path snapshots(TestCluster cluster, TestCluster.Node node) {
    return node.directory.resolve("raft").resolve("snapshots").resolve(cluster.group);
  }

  private static List<Path> lists(Path under) throws IOException {
    try (Stream<Path> files = Files.walk(under)) {
      return files.filter(file -> file.endsWith("list")).toList();
    }
  }

  /** Of a node that is stopped: its state and all its snapshots. */
  private static void damage(TestCluster cluster, TestCluster.Node node) throws IOException {
    damage(snapshots(cluster, node));
    damage(node.directory.resolve("machine-" + cluster.group));
  }

  private static void damage(Path under) throws IOException {
    List<Path> files = lists(under);
    assertThat(files).isNotEmpty();
    for (Path list : files) {
      byte[] bytes = Files.readAllBytes(list);
      bytes[bytes.length - 2] ^= 1;
      Files.write(list, bytes);
    }
  }

  private static void stop(TestCluster.Node node) {
    DurableListMachine machine = node.machine();
    node.stop();
    machine.flush();
  }

  private static void awaitEqual(TestCluster cluster) {
    TestCluster.eventually()
        .untilAsserted(() -> {
          List<String> entries = cluster.awaitLeader().machine().entries();
          for (TestCluster.Node node : cluster.nodes.values()) {
            if (node.isRunning()) {
              assertThat(node.machine().entries()).as("of " + node.id).isEqualTo(entries);
            }
          }
        });
  }

  @Test
  void itComesBackWithTheSnapshotOfAnotherAndItsOwnLog() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      cutLogs(cluster, all(cluster));
      TestCluster.Node victim = cluster.others(cluster.awaitLeader()).get(0);
      long last = victim.log().progress().lastIndex();
      stop(victim);
      damage(cluster, victim);
      cluster.write("meanwhile");

      victim.restart();

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      awaitEqual(cluster);
      assertThat(victim.log().progress().firstIndex()).isGreaterThan(5).isLessThanOrEqualTo(last);
      assertThat(snapshots(cluster, victim).resolve("damaged")).isDirectory();
      assertThat(snapshots(cluster, victim).resolve("fetched")).doesNotExist();
      // It counts: without it there is no majority.
      stop(cluster.others(victim).get(0));
      cluster.write("after");
      awaitEqual(cluster);
      stop(victim);
      victim.restart();
      cluster.write("once more");
      awaitEqual(cluster);
      assertThat(victim.machine().rebuilt()).isZero();
    }
  }

  @Test
  void aSnapshotThatEndsBehindItsLogTakesThePlaceOfTheLog() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      int count = cutLogs(cluster, all(cluster));
      TestCluster.Node victim = cluster.others(cluster.awaitLeader()).get(0);
      long last = victim.log().progress().lastIndex();
      stop(victim);
      count += write(cluster, "d", 20);
      cluster.awaitCounts(count);
      for (int i = 0; i < 2; i++) {
        for (TestCluster.Node other : cluster.others(victim)) {
          snapshot(other);
        }
        count += write(cluster, "e" + i, 5);
        cluster.awaitCounts(count);
      }
      damage(cluster, victim);

      victim.restart();

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      awaitEqual(cluster);
      assertThat(victim.log().progress().firstIndex()).isGreaterThan(last);
      stop(cluster.others(victim).get(0));
      cluster.write("after");
      awaitEqual(cluster);
    }
  }

  /** All the others' snapshots end before its log begins. */
  @Test
  void whoeverHasAnOldSnapshotOnlyTakesANewOne() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      TestCluster.Node victim = cluster.others(cluster.awaitLeader()).get(0);
      cutLogs(cluster, List.of(victim));
      for (TestCluster.Node other : cluster.others(victim)) {
        assertThat(other.log().progress().snapshotIndex()).isZero();
      }
      stop(victim);
      damage(cluster, victim);

      victim.restart();

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      awaitEqual(cluster);
    }
  }

  @Test
  void damageThatIsFoundWhileItServesIsHealedInPlace() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      cutLogs(cluster, all(cluster));
      TestCluster.Node victim = cluster.awaitLeader();
      damage(snapshots(cluster, victim));

      victim.log().stateDamaged(new DamagedStateException("told so", null));

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      cluster.write("after");
      awaitEqual(cluster);
    }
  }

  /** As of a state machine in memory: nothing but the snapshot is damaged, and all is lost. */
  @Test
  void aReplicaWithoutAStateThatFindsItsSnapshotDamagedFetchesOne() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      cutLogs(cluster, all(cluster));
      TestCluster.Node victim = cluster.others(cluster.awaitLeader()).get(0);
      victim.stop();
      Files.delete(victim.directory.resolve("machine-" + cluster.group).resolve("list"));
      damage(snapshots(cluster, victim));

      victim.restart();

      awaitEqual(cluster);
      assertThat(victim.machine().rebuilt()).isZero();
      assertThat(victim.machine().snapshotsLoaded()).isOne();
    }
  }

  @Test
  void whileItCopiesItTakesPartInNothing() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      TestCluster.Node victim = copiesSlowly(cluster);
      List<TestCluster.Node> others = cluster.others(victim);

      assertThat(victim.log().leadership().role()).isEqualTo(Role.OUT);
      assertThat(victim.machine().rebuilt()).isZero();
      others.forEach(other -> cluster.cuts.add(other.id + ">" + others.get(1).id));
      others.forEach(other -> cluster.cuts.add(others.get(1).id + ">" + other.id));
      // One voter alone, since this one has no say.
      TestCluster.eventually()
          .until(() -> others.stream().noneMatch(other -> other.log().leadership().isLeader()));
      assertThat(victim.log().leadership().role()).isEqualTo(Role.OUT);
      cluster.heal();
      others.forEach(other -> other.host().limitCopying(64 << 20));

      cluster.awaitLeader();
      awaitEqual(cluster);
    }
  }

  /** Whoever it copies from is gone, the leader or not: it goes on with another. */
  @Test
  void aCopyGoesOnFromAnotherWhenItsSourceIsGone() throws Exception {
    try (TestCluster cluster = cluster(4)) {
      TestCluster.Node victim = copiesSlowly(cluster);
      List<TestCluster.Node> others = cluster.others(victim);
      TestCluster.Node source =
          others.stream().filter(other -> isSource(cluster, other)).findAny().orElseThrow();
      stop(source);
      cluster.heal();
      others.stream()
          .filter(TestCluster.Node::isRunning)
          .forEach(other -> other.host().limitCopying(64 << 20));

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      cluster.write("after");
      awaitEqual(cluster);
    }
  }

  private static boolean isSource(TestCluster cluster, TestCluster.Node node) {
    RaftReplica replica = ((JRaftReplicatedLog) node.logs.get(cluster.group)).replica();
    return replica != null && replica.offers().count() > 0;
  }

  /** A damaged replica that has begun to copy, from others that take their time. */
  private static TestCluster.Node copiesSlowly(TestCluster cluster) throws Exception {
    cutLogs(cluster, all(cluster));
    TestCluster.Node victim = cluster.others(cluster.awaitLeader()).get(0);
    stop(victim);
    damage(cluster, victim);
    cluster.others(victim).forEach(other -> other.host().limitCopying(1 << 20));
    victim.restart();
    Path large = snapshots(cluster, victim).resolve("fetched/temp/state/ballast");
    TestCluster.eventually().until(() -> Files.exists(large));
    return victim;
  }

  @Test
  void aCopyThatACrashBrokeOffIsGoneOnWith() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      TestCluster.Node victim = copiesSlowly(cluster);
      victim.stop();
      cluster.others(victim).forEach(other -> other.host().limitCopying(64 << 20));

      victim.restart();

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      awaitEqual(cluster);
    }
  }

  /** Nobody else is there: what has arrived already is enough for the state. */
  @Test
  void aCrashBeforeTheCopyIsInItsPlaceLosesNothingOfIt() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      int count = cutLogs(cluster, all(cluster));
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node victim = cluster.others(leader).get(0);
      all(cluster).forEach(SnapshotFetchTest::stop);
      damage(cluster, victim);
      Path own = snapshots(cluster, victim);
      Path source = newest(snapshots(cluster, leader));
      Path whole = own.resolve("fetched").resolve(source.getFileName());
      copy(source, whole);
      SnapshotFiles.putAside(newest(own));

      victim.restart();

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      assertThat(victim.machine().count()).isEqualTo(count);
      assertThat(newest(own)).exists();
      assertThat(own.resolve("fetched")).doesNotExist();
      for (TestCluster.Node other : cluster.others(victim)) {
        other.restart();
      }
      cluster.write("after");
      awaitEqual(cluster);
    }
  }

  @Test
  void aSnapshotThatIsDamagedAtItsSourceIsNotTaken() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      cutLogs(cluster, all(cluster));
      TestCluster.Node victim = cluster.others(cluster.awaitLeader()).get(0);
      stop(victim);
      damage(cluster, victim);
      List<TestCluster.Node> others = cluster.others(victim);
      damage(snapshots(cluster, others.get(0)));

      victim.restart();

      TestCluster.eventually().until(() -> victim.machine().rebuilt() == 1);
      awaitEqual(cluster);
    }
  }

  @Test
  void theOnlyReplicaStaysOutAndKeepsItsFiles() throws Exception {
    try (TestCluster cluster = cluster(1)) {
      TestCluster.Node node = cluster.awaitLeader();
      cutLogs(cluster, all(cluster));
      stop(node);
      damage(cluster, node);
      byte[] before =
          Files.readAllBytes(node.directory.resolve("machine-" + cluster.group).resolve("list"));
      Path snapshot = newest(snapshots(cluster, node));

      node.restart();

      long start = System.nanoTime();
      TestCluster.eventually().until(() -> System.nanoTime() - start > 1_500_000_000L);
      assertThat(node.log().leadership().role()).isEqualTo(Role.OUT);
      assertThat(node.machine().rebuilt()).isZero();
      assertThat(snapshot).isDirectory();
      assertThat(
              Files.readString(
                  node.directory.resolve("machine-" + cluster.group).resolve("list"),
                  StandardCharsets.ISO_8859_1))
          .isEqualTo(new String(before, StandardCharsets.ISO_8859_1));
    }
  }

  /** Deleting it while a copy runs ends the copy. */
  @Test
  void aReplicaThatIsClosedCopiesNoLonger() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      TestCluster.Node victim = copiesSlowly(cluster);

      victim.log().close();

      assertThat(victim.context().fetches().isUnderWay(cluster.group)).isFalse();
      TestCluster.eventually()
          .ignoreExceptions()
          .until(() -> {
            victim.host().destroy(cluster.group);
            return true;
          });
      assertThat(snapshots(cluster, victim)).doesNotExist();
      TestCluster.eventually()
          .until(() -> cluster.others(victim).stream().noneMatch(n -> isSource(cluster, n)));
      victim.open(cluster.group, Set.of(), Set.of());
    }
  }

  private static Path newest(Path snapshots) throws IOException {
    long newest = Rebuilding.newest(snapshots);
    assertThat(newest).isPositive();
    return snapshots.resolve(Snapshot.JRAFT_SNAPSHOT_PREFIX + newest);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path source : (Iterable<Path>) walk::iterator) {
        Path target = to.resolve(from.relativize(source).toString());
        if (Files.isDirectory(source)) {
          Files.createDirectories(target);
        } else {
          Files.copy(source, target);
        }
      }
    }
  }
}
