package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kvstore.replication.Proposal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplyBacklogTest {

  private static final int KIB = 1 << 10;
  private static final int ENTRY = 64 * KIB;
  private static final int ENTRIES = 256;
  private static final int BACKLOG = 1024 * KIB;

  @TempDir Path dir;

  @Test
  void aFollowerThatDoesNotApplyTakesInNoMoreThanItsBacklog() throws Exception {
    RaftBudget budget = RaftBudget.DEFAULT.withBacklog(BACKLOG);
    // on a busy machine too it is the same node that leads from here on
    RaftTimings patient =
        RaftTimings.DEFAULT.withElection(Duration.ofSeconds(3), Duration.ofMillis(300));
    try (TestCluster cluster =
        TestCluster.of(dir, 3, o -> o.withBudget(budget).withTimings(patient))) {
      cluster.write("first");
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node slow = cluster.others(leader).get(0);
      slow.machine().mayApply.drainPermits();
      try {
        write(cluster, leader, ENTRIES);
        TestCluster.eventually().until(() -> memory(slow) > BACKLOG);
        write(cluster, leader, 16); // heartbeats and answers go round meanwhile
        // what was under way before it heard that something is committed comes on top, and as much
        // again while it heard so
        int most = 2 * budget.appendsInFlight() * budget.appendBytes();
        assertThat(most).isLessThan(ENTRIES * ENTRY / 2 + 1);
        assertThat(memory(slow)).isBetween((long) BACKLOG, (long) BACKLOG + most);
      } finally {
        slow.machine().mayApply.release(Integer.MAX_VALUE / 2); // closing waits for it too
      }
      TestCluster.eventually().until(() -> slow.machine().count() == leader.machine().count());
      assertThat(slow.machine().entries()).isEqualTo(leader.machine().entries());
    }
  }

  /** Those of a former leader are committed by what comes after them. */
  @Test
  void entriesThatAreNotCommittedKeepNothingOut() throws Exception {
    RaftBudget budget = RaftBudget.DEFAULT.withBacklog(BACKLOG);
    try (TestCluster cluster = TestCluster.of(dir, 3, o -> o.withBudget(budget))) {
      cluster.write("first");
      TestCluster.Node former = cluster.awaitLeader();
      List<TestCluster.Node> others = cluster.others(former);
      // the others get entries, but their answers are lost, and so nothing is committed
      others.forEach(other -> cluster.cuts.add(other.id + ">" + former.id));
      propose(cluster, former, 48);
      TestCluster.eventually()
          .until(() -> others.stream().allMatch(other -> memory(other) > 2 * BACKLOG));
      cluster.isolate(former);

      TestCluster.eventually()
          .until(() -> others.stream().allMatch(other -> other.machine().count() > 16));
      cluster.heal();
      TestCluster.eventually()
          .until(() -> former.machine().count() == others.get(0).machine().count());
    }
  }

  private static long memory(TestCluster.Node node) {
    RaftReplica replica = ((JRaftReplicatedLog) node.log()).replica();
    return replica == null ? 0 : replica.internals().memoryLogBytes();
  }

  private static List<CompletableFuture<Proposal.Failure>> propose(
      TestCluster cluster, TestCluster.Node leader, int entries) {
    List<CompletableFuture<Proposal.Failure>> written = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      written.add(cluster.propose(leader, i + "x".repeat(ENTRY - 3)));
    }
    return written;
  }

  private static void write(TestCluster cluster, TestCluster.Node leader, int entries)
      throws Exception {
    for (CompletableFuture<Proposal.Failure> one : propose(cluster, leader, entries)) {
      assertThat(one.get(30, TimeUnit.SECONDS)).isNull();
    }
  }
}
