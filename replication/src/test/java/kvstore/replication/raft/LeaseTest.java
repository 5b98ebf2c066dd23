package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import kvstore.replication.Leadership;
import kvstore.replication.transport.RaftEndpoint;
import kvstore.replication.transport.VoteGuard;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {

  @TempDir Path dir;

  private static @Nullable Message refusal(
      TestCluster cluster, TestCluster.Node voter, TestCluster.Node candidate, boolean transfer) {
    RaftContext context = voter.context();
    VoteGuard guard =
        new LeaseVoteGuard(
            context.endpoint()::traffic, context.options().timings().electionTimeout().toNanos());
    RequestVoteRequest request =
        RequestVoteRequest.newBuilder()
            .setGroupId(cluster.group)
            .setServerId(RaftEndpoint.peerId(candidate.id).toString())
            .setPeerId(RaftEndpoint.peerId(voter.id).toString())
            .setTerm(1000)
            .setLastLogTerm(999)
            .setLastLogIndex(1_000_000)
            .setPreVote(false)
            .build();
    return guard.refuse(cluster.group, request, transfer);
  }

  @Test
  void aVoteIsRefusedWhileALeaderIsHeardUnlessItHandsOver() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      cluster.write("x");
      TestCluster.Node voter = cluster.others(leader).get(0);
      TestCluster.Node candidate = cluster.others(leader).get(1);
      TestCluster.eventually()
          .untilAsserted(() -> {
            Message refusal = refusal(cluster, voter, candidate, false);
            assertThat(refusal).isInstanceOf(RequestVoteResponse.class);
            RequestVoteResponse response = (RequestVoteResponse) refusal;
            assertThat(response.getGranted()).isFalse();
            assertThat(response.getTerm()).isLessThan(1000);
          });
      assertThat(refusal(cluster, voter, candidate, true)).isNull();
      cluster.isolate(voter);
      TestCluster.eventually().until(() -> refusal(cluster, voter, candidate, false) == null);
    }
  }

  /** It has forgotten whom it heard from, so it counts its start as a word from a leader. */
  @Test
  void aVoterThatHasJustStartedGivesNoVote() throws Exception {
    try (TestCluster cluster =
        TestCluster.of(
            dir,
            3,
            o ->
                o.withTimings(
                    RaftTimings.DEFAULT.withElection(
                        Duration.ofSeconds(2), Duration.ofMillis(300))))) {
      TestCluster.Node voter = cluster.nodes.values().iterator().next();
      TestCluster.Node candidate = cluster.others(voter).get(0);
      voter.stop();
      cluster.isolate(voter);
      voter.restart();
      assertThat(refusal(cluster, voter, candidate, false)).isNotNull();
    }
  }

  @Test
  void theLeaseGoesOnWhileAMajorityAnswersAndEndsWhenItDoesNot() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      TestCluster.Node leader = cluster.awaitLeader();
      long term = leader.log().leadership().term();
      TestCluster.eventually().until(() -> leader.log().leaseHolds(term));
      TestCluster.Node one = cluster.others(leader).get(0);
      TestCluster.Node two = cluster.others(leader).get(1);
      one.stop();
      two.stop();
      TestCluster.eventually().until(() -> !leader.log().leaseHolds(term));
      TestCluster.eventually().until(() -> !leader.log().leadership().isLeader());
    }
  }

  @Test
  void aRemovedReplicaStopsAndBeginsAgainWhenItIsAMemberAgain() throws Exception {
    RaftTimings timings =
        RaftTimings.DEFAULT.withKeeping(
            Duration.ofMillis(20),
            Duration.ofSeconds(15),
            Duration.ofMillis(100),
            Duration.ofMillis(400));
    try (TestCluster cluster = TestCluster.of(dir, 3, o -> o.withTimings(timings))) {
      cluster.write("x");
      TestCluster.Node leader = cluster.awaitLeader();
      TestCluster.Node removed = cluster.others(leader).get(0);
      TestCluster.Node stays = cluster.others(leader).get(1);
      cluster.awaitCounts(1);
      leader
          .log()
          .membership()
          .change(Set.of(leader.id, stays.id), Set.of())
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
      cluster.write("without");
      TestCluster.Node now = cluster.awaitLeader();
      // It may never hear of its removal, for nobody sends to it any more.
      TestCluster.eventually()
          .until(() ->
              removed.log().leadership().role() == Leadership.Role.OUT
                  || removed.log().leadership().leader() == null);
      now.log()
          .membership()
          .change(cluster.voters(), Set.of())
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
      cluster.write("with");
      cluster.awaitCounts(3);
    }
  }
}
