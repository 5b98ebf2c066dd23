package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kvstore.replication.Leadership;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftHostTest {

  @TempDir Path dir;

  private static CompletableFuture<Boolean> barrier(ReplicatedLog log, long term) {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    log.readBarrier(
        term,
        new ReplicatedLog.Barrier() {
          @Override
          public void reached() {
            result.complete(true);
          }

          @Override
          public void failed() {
            result.complete(false);
          }
        });
    return result;
  }

  /** Once in the log it could not be committed, and the group would have no leader. */
  @Test
  void aChangeThatLeavesNoMajorityAliveIsRefused() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node dead = cluster.others(leader).get(0);
      cluster.write("before");
      dead.stop();
      long stopped = System.nanoTime();
      // for a moment it still counts as alive
      TestCluster.eventually().until(() -> System.nanoTime() - stopped > 2_000_000_000L);
      CompletableFuture<Void> change =
          leader
              .log()
              .membership()
              .change(Set.of(leader.id, dead.id), Set.of())
              .toCompletableFuture();
      assertThatThrownBy(() -> change.get(30, TimeUnit.SECONDS))
          .hasMessageContaining("expected a majority of the new voters to be alive");
      cluster.write("after");
      assertThat(cluster.awaitLeader().log().membership().voters()).isEqualTo(cluster.voters());
    }
  }

  @Test
  void aSingleVoterLeadsAtOnceAndAgainAfterARestart() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      long start = System.nanoTime();
      TestCluster.Node node = cluster.awaitLeader();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
      assertThat(cluster.propose(node, "one").get(10, TimeUnit.SECONDS)).isNull();
      long term = node.log().leadership().term();
      assertThat(node.log().leaseHolds(term)).isTrue();
      assertThat(barrier(node.log(), term).get(10, TimeUnit.SECONDS)).isTrue();
      node.stop();
      node.restart();
      cluster.awaitLeader();
      cluster.awaitCounts(1);
      assertThat(node.machine().entries()).containsExactly("one");
      assertThat(cluster.propose(node, "two").get(10, TimeUnit.SECONDS)).isNull();
    }
  }

  @Test
  void threeNodesElectALeaderAndAgreeOnEveryEntry() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      List<String> texts = new ArrayList<>();
      List<CompletableFuture<Proposal.Failure>> outcomes = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        texts.add("entry " + i);
        outcomes.add(cluster.propose(leader, "entry " + i));
      }
      for (CompletableFuture<Proposal.Failure> outcome : outcomes) {
        assertThat(outcome.get(30, TimeUnit.SECONDS)).isNull();
      }
      cluster.awaitCounts(500);
      for (TestCluster.Node node : cluster.nodes.values()) {
        assertThat(node.machine().entries()).isEqualTo(texts);
        assertThat(node.log().membership().voters()).isEqualTo(cluster.voters());
      }
      long term = leader.log().leadership().term();
      TestCluster.eventually().until(() -> leader.log().leaseHolds(term));
      assertThat(barrier(leader.log(), term).get(10, TimeUnit.SECONDS)).isTrue();
      assertThat(barrier(leader.log(), term - 1).get(10, TimeUnit.SECONDS)).isFalse();
      ReplicatedLog.Progress progress = leader.log().progress();
      assertThat(progress.lastIndex()).isGreaterThanOrEqualTo(500);
      assertThat(progress.appliedIndex()).isEqualTo(progress.committedIndex());
    }
  }

  @Test
  void acknowledgedEntriesSurviveTheLossOfTheLeaderAndARestartOfAll() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      for (int i = 0; i < 20; i++) {
        cluster.write("a" + i);
      }
      TestCluster.Node old = cluster.awaitLeader();
      old.stop();
      for (int i = 0; i < 20; i++) {
        cluster.write("b" + i);
      }
      old.restart();
      cluster.awaitCounts(40);
      cluster.nodes.values().forEach(TestCluster.Node::stop);
      for (TestCluster.Node node : cluster.nodes.values()) {
        node.restart();
      }
      cluster.write("c");
      cluster.awaitCounts(41);
      List<String> first = cluster.awaitLeader().machine().entries();
      for (TestCluster.Node node : cluster.nodes.values()) {
        assertThat(node.machine().entries()).isEqualTo(first);
      }
    }
  }

  @Test
  void whoDoesNotLeadRefusesAndWhoIsNotSureSaysSo() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      long term = leader.log().leadership().term();
      TestCluster.Node follower = cluster.others(leader).get(0);
      assertThat(cluster.propose(follower, term, "x").get(10, TimeUnit.SECONDS))
          .isEqualTo(Proposal.Failure.NOT_LEADER);
      assertThat(cluster.propose(leader, term + 1, "x").get(10, TimeUnit.SECONDS))
          .isEqualTo(Proposal.Failure.NOT_LEADER);
      assertThat(follower.log().leaseHolds(term)).isFalse();
      assertThat(barrier(follower.log(), term).get(10, TimeUnit.SECONDS)).isFalse();
      cluster.write("before");
      cluster.isolate(leader);
      CompletableFuture<Proposal.Failure> lost = cluster.propose(leader, term, "lost?");
      assertThat(lost.get(30, TimeUnit.SECONDS)).isEqualTo(Proposal.Failure.UNKNOWN);
      TestCluster.eventually().until(() -> !leader.log().leadership().isLeader());
      cluster.heal();
      cluster.write("after");
      TestCluster.eventually()
          .until(() ->
              cluster.nodes.values().stream()
                  .allMatch(n -> n.machine().entries().contains("after")));
    }
  }

  @Test
  void anIsolatedLeadersLeaseEndsBeforeAnotherLeads() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      for (int round = 0; round < 3; round++) {
        TestCluster.Node old = cluster.awaitLeader();
        long term = old.log().leadership().term();
        TestCluster.eventually().until(() -> old.log().leaseHolds(term));
        cluster.isolate(old);
        long lastHeld = System.nanoTime();
        long firstOther = 0;
        while (firstOther == 0) {
          long before = System.nanoTime();
          if (old.log().leaseHolds(term)) {
            lastHeld = before;
          }
          for (TestCluster.Node other : cluster.others(old)) {
            if (other.log().leadership().isLeader()) {
              firstOther = System.nanoTime();
            }
          }
        }
        assertThat(firstOther).isGreaterThan(lastHeld);
        assertThat(old.log().leaseHolds(term)).isFalse();
        assertThat(barrier(old.log(), term).get(10, TimeUnit.SECONDS)).isFalse();
        cluster.heal();
        cluster.write("round " + round);
      }
    }
  }

  @Test
  void leadershipIsHandedOver() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node old = cluster.awaitLeader();
      cluster.write("before");
      long term = old.log().leadership().term();
      TestCluster.Node target = cluster.others(old).get(1);
      old.log()
          .membership()
          .transferLeadership(target.id)
          .toCompletableFuture()
          .get(10, TimeUnit.SECONDS);
      assertThat(cluster.awaitLeader()).isSameAs(target);
      assertThat(old.log().leaseHolds(term)).isFalse();
      cluster.write("after");
      assertThat(old.machine().events()).contains("gained " + term, "lost");
    }
  }

  @Test
  void aFailedHandOverLeavesALeaderThatTrustsNoLeaseInThatTerm() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      cluster.write("before");
      long term = leader.log().leadership().term();
      TestCluster.Node target = cluster.others(leader).get(0);
      cluster.isolate(target);
      CompletableFuture<Void> handOver =
          leader.log().membership().transferLeadership(target.id).toCompletableFuture();
      TestCluster.eventually().until(handOver::isCompletedExceptionally);
      TestCluster.eventually().until(() -> leader.log().leadership().isLeader());
      if (leader.log().leadership().term() == term) {
        assertThat(leader.log().leaseHolds(term)).isFalse();
        assertThat(barrier(leader.log(), term).get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(cluster.propose(leader, term, "still").get(10, TimeUnit.SECONDS)).isNull();
      }
    }
  }

  @Test
  void proposalsBeyondTheBoundAreRefused() throws Exception {
    try (TestCluster cluster =
        TestCluster.of(dir, 1, o -> o.withBudget(RaftBudget.DEFAULT.withPending(10, 1 << 20)))) {
      TestCluster.Node leader = cluster.awaitLeader();
      leader.machine().mayApply.drainPermits();
      List<CompletableFuture<Proposal.Failure>> outcomes = new ArrayList<>();
      for (int i = 0; i < 11; i++) {
        outcomes.add(cluster.propose(leader, "e" + i));
      }
      assertThat(outcomes.get(10).get(10, TimeUnit.SECONDS)).isEqualTo(Proposal.Failure.OVERLOADED);
      leader.machine().mayApply.release(1 << 20);
      for (CompletableFuture<Proposal.Failure> outcome : outcomes.subList(0, 10)) {
        assertThat(outcome.get(10, TimeUnit.SECONDS)).isNull();
      }
      assertThat(cluster.propose(leader, "later").get(10, TimeUnit.SECONDS)).isNull();
    }
  }

  @Test
  void groupsOfOneHostShareItsLog() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node node = cluster.awaitLeader();
      String second = cluster.group + "b";
      ReplicatedLog other = node.open(second, cluster.voters(), Set.of());
      TestCluster.eventually().until(() -> other.leadership().isLeader());
      other.propose(ByteBuffer.wrap(new byte[] {'x'}), other.leadership().term(), failure -> {});
      assertThat(cluster.propose(node, "y").get(10, TimeUnit.SECONDS)).isNull();
      TestCluster.eventually().until(() -> node.machines.get(second).count() == 1);
      assertThat(node.machines.get(second).entries()).containsExactly("x");
      assertThat(node.machine().entries()).containsExactly("y");
      other.close();
      assertThat(other.leadership().role()).isEqualTo(Leadership.Role.OUT);
      assertThat(cluster.propose(node, "z").get(10, TimeUnit.SECONDS)).isNull();
    }
  }
}
