package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults that broke other Raft libraries, against this one with our transport and log. After each:
 * no term had two leaders, all replicas hold the same entries, and none that was acknowledged is
 * missing. {@code -Draft.targeted.rounds} and {@code -Draft.targeted.seed} change the run.
 */
class TargetedFaultsTest {

  private static final int ROUNDS = Integer.getInteger("raft.targeted.rounds", 2);
  private static final long SEED = Long.getLong("raft.targeted.seed", System.nanoTime());

  @TempDir Path dir;

  private final Random random = new Random(SEED);

  /** How many of the next writes of a node's log fail. */
  private final Map<Path, AtomicInteger> failing = new ConcurrentHashMap<>();

  private final List<String> acknowledged = new ArrayList<>();
  private final Map<String, String> leaders = new HashMap<>();
  private int next;

  private TestCluster cluster() throws IOException {
    RaftTimings timings =
        RaftTimings.DEFAULT.withKeeping(
            Duration.ofMillis(20),
            Duration.ofSeconds(15),
            Duration.ofMillis(100),
            Duration.ofMillis(500));
    return TestCluster.of(
        dir,
        3,
        options -> options.withTimings(timings).withFaults(() -> beforeWrite(options.directory())));
  }

  private void beforeWrite(Path directory) throws IOException {
    AtomicInteger left = failing.get(directory);
    if (left != null && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new IOException("told to fail");
    }
  }

  private void failWrites(TestCluster.Node node, int count) {
    failing.put(node.directory.resolve("raft"), new AtomicInteger(count));
  }

  private void write(TestCluster cluster, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      String text = "w" + next++;
      cluster.write(text); // tries again under the same text if the outcome is not known
      acknowledged.add(text);
    }
  }

  /** What a replica has seen of leaders, before it is stopped and forgets. */
  private void collect(TestCluster.Node node) {
    for (String event : node.machine().events()) {
      if (event.startsWith("gained ")) {
        String before = leaders.put(event, node.id.value());
        assertThat(before == null || before.equals(node.id.value()))
            .as("%s by %s and %s, seed %d", event, before, node.id, SEED)
            .isTrue();
      }
    }
  }

  private void stop(TestCluster.Node node) {
    collect(node);
    node.stop();
  }

  private void assertSound(TestCluster cluster) throws Exception {
    cluster.heal();
    failing.clear();
    write(cluster, 1);
    String last = acknowledged.get(acknowledged.size() - 1);
    TestCluster.eventually()
        .until(() ->
            cluster.nodes.values().stream().allMatch(n -> n.machine().entries().contains(last)));
    TestCluster.eventually()
        .untilAsserted(() -> {
          List<String> entries = cluster.awaitLeader().machine().entries();
          for (TestCluster.Node node : cluster.nodes.values()) {
            assertThat(node.machine().entries()).as("seed " + SEED).isEqualTo(entries);
          }
          List<String> firsts = entries.stream().distinct().toList();
          assertThat(firsts.stream().filter(acknowledged::contains).toList())
              .as("seed " + SEED)
              .isEqualTo(acknowledged);
        });
    cluster.nodes.values().forEach(this::collect);
    assertThat(leaders).isNotEmpty();
  }

  @Test
  void rollingRestartsAndThenTheLossOfTheLeader() throws Exception {
    try (TestCluster cluster = cluster()) {
      for (int round = 0; round < ROUNDS; round++) {
        for (TestCluster.Node node : List.copyOf(cluster.nodes.values())) {
          write(cluster, 3);
          stop(node);
          write(cluster, 3);
          node.restart();
        }
        TestCluster.Node leader = cluster.awaitLeader();
        stop(leader);
        write(cluster, 3);
        leader.restart();
        assertSound(cluster);
      }
    }
  }

  @Test
  void aWriteOfTheLogThatFailsAndIsTriedAgain() throws Exception {
    try (TestCluster cluster = cluster()) {
      for (int round = 0; round < ROUNDS; round++) {
        write(cluster, 3);
        for (TestCluster.Node node : List.copyOf(cluster.nodes.values())) {
          failWrites(node, 1 + random.nextInt(2));
          write(cluster, 3);
        }
        TestCluster.Node one = cluster.awaitLeader();
        stop(one); // what it holds on disk must be what it said it had
        write(cluster, 2);
        one.restart();
        assertSound(cluster);
      }
    }
  }

  /** A voter that could not store its vote has not given it. */
  @Test
  void aVoteThatCouldNotBeStored() throws Exception {
    try (TestCluster cluster = cluster()) {
      for (int round = 0; round < ROUNDS; round++) {
        write(cluster, 3);
        TestCluster.Node leader = cluster.awaitLeader();
        List<TestCluster.Node> others = cluster.others(leader);
        stop(leader);
        others.forEach(other -> failWrites(other, 1 + random.nextInt(3)));
        write(cluster, 3);
        leader.restart();
        assertSound(cluster);
      }
    }
  }

  /** Answers to a leader that arrive when there is another one already. */
  @Test
  void repliesOfAnOldTermThatComeLate() throws Exception {
    try (TestCluster cluster = cluster()) {
      for (int round = 0; round < ROUNDS; round++) {
        write(cluster, 3);
        TestCluster.Node old = cluster.awaitLeader();
        for (TestCluster.Node other : cluster.others(old)) {
          cluster.delays.put(other.id + ">" + old.id, TimeUnit.SECONDS.toNanos(2));
        }
        String text = "late" + next++;
        var outcome = cluster.propose(old, text);
        TestCluster.eventually()
            .until(
                () -> cluster.others(old).stream().anyMatch(n -> n.log().leadership().isLeader()));
        cluster.delays.clear();
        write(cluster, 3);
        try {
          if (outcome.get(10, TimeUnit.SECONDS) == null) {
            TestCluster.eventually()
                .until(() -> cluster.awaitLeader().machine().entries().contains(text));
          }
        } catch (TimeoutException e) {
          throw new AssertionError("a proposal never ended, seed " + SEED, e);
        }
        assertSound(cluster);
      }
    }
  }
}
