package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.core.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kvstore.replication.Proposal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How soon there is another leader. */
class ElectionTest {

  /** Permits, more than the tests take. */
  private static final int BARRED = Integer.MAX_VALUE / 4;

  @TempDir Path dir;

  /** The library's timers alone would draw from some 10 minutes. */
  private TestCluster withoutTimers(Duration electionTimeout) throws IOException {
    RaftTimings timings = RaftTimings.DEFAULT.withElection(electionTimeout, Duration.ofMinutes(10));
    return TestCluster.of(dir, 3, options -> options.withTimings(timings));
  }

  @Test
  void whoMissesALeaderStandsWhateverTheTimersDrew() throws Exception {
    try (TestCluster cluster = withoutTimers(Duration.ofMillis(300))) {
      cluster.write("x");
      TestCluster.Node leader = cluster.awaitLeader();
      cluster.isolate(leader); // one that stops would hand over
      TestCluster.eventually()
          .until(
              () -> cluster.others(leader).stream().anyMatch(n -> n.log().leadership().isLeader()));
    }
  }

  /** Messages take so long that both ask before they hear of each other. */
  @Test
  void ofTwoThatStandAtOnceOneIsElectedInTheFirstTerm() throws Exception {
    try (TestCluster cluster = withoutTimers(Duration.ofSeconds(2))) {
      cluster.write("x");
      TestCluster.Node leader = cluster.awaitLeader();
      long term = leader.log().leadership().term();
      List<TestCluster.Node> others = cluster.others(leader);
      for (TestCluster.Node one : others) {
        for (TestCluster.Node other : others) {
          cluster.delays.put(one.id + ">" + other.id, TimeUnit.MILLISECONDS.toNanos(30));
        }
      }
      cluster.isolate(leader);
      TestCluster.eventually()
          .until(() -> {
            others.forEach(other -> internals(other).standIfLeaderIsSilent());
            return others.stream().anyMatch(other -> other.log().leadership().isLeader());
          });
      assertThat(cluster.awaitLeader().log().leadership().term()).isEqualTo(term + 1);
    }
  }

  /** Whoever is asked first has much to apply; the other stands as soon as it can. */
  @Test
  void whoHasMuchToApplyLeavesItToTheOther() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node busy = cluster.others(leader).get(0);
      TestCluster.Node fresh = cluster.others(leader).get(1);
      fillUp(cluster, leader, busy);
      try {
        cluster.isolate(leader);
        TestCluster.eventually()
            .until(() -> {
              internals(busy).standIfLeaderIsSilent();
              return leads(busy) || leads(fresh);
            });
        assertThat(leads(fresh)).isTrue();
      } finally {
        busy.machine().mayApply.release(BARRED);
      }
    }
  }

  @Test
  void whoHasMuchToApplyStandsIfNobodyElseDoes() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node busy = cluster.others(leader).get(0);
      cluster.others(leader).get(1).context().endpoint().setCandidacyGate(group -> false);
      fillUp(cluster, leader, busy);
      try {
        cluster.isolate(leader);
        TestCluster.eventually().until(() -> leads(busy));
      } finally {
        busy.machine().mayApply.release(BARRED);
      }
    }
  }

  /** Before it has applied what it must to serve. */
  private static boolean leads(TestCluster.Node node) {
    return internals(node).state() == State.STATE_LEADER;
  }

  private static NodeInternals internals(TestCluster.Node node) {
    return ((JRaftReplicatedLog) node.log()).replica().internals();
  }

  /** Lets all take many entries in, of which {@code busy} applies none. */
  private static void fillUp(TestCluster cluster, TestCluster.Node leader, TestCluster.Node busy)
      throws Exception {
    busy.machine().mayApply.drainPermits();
    CompletableFuture<Proposal.Failure> last = null;
    for (int i = 0; i < 1_000; i++) {
      last = cluster.propose(leader, "w" + i);
    }
    assertThat(last.get(30, TimeUnit.SECONDS)).isNull();
    long end = leader.log().progress().lastIndex();
    TestCluster.eventually()
        .until(() ->
            cluster.nodes.values().stream()
                .allMatch(node -> node.log().progress().committedIndex() == end));
  }
}
