package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kvstore.replication.NodeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VoteGuardTest {

  private static final List<NodeId> VOTERS = List.of(Nodes.id(1), Nodes.id(2));

  @TempDir private Path directory;

  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final List<RaftNode> rafts = new ArrayList<>();
  private Nodes nodes;

  @BeforeEach
  void startTransports() throws Exception {
    nodes = Nodes.start(2);
  }

  @AfterEach
  void stopAll() throws Exception {
    for (RaftNode raft : rafts) {
      raft.stop();
    }
    nodes.close();
  }

  private Message no(long term) {
    return RequestVoteResponse.newBuilder().setTerm(term - 1).setGranted(false).build();
  }

  private void start(String group, VoteGuard guard) {
    for (int i = 1; i <= 2; i++) {
      rafts.add(
          new RaftNode(
              group,
              nodes.get(i),
              VOTERS,
              directory.resolve("n" + i),
              endpoint -> endpoint.setVoteGuard(guard)));
    }
  }

  @Test
  void noLeaderIsElectedAgainstTheGuard() throws Exception {
    start(
        "guarded",
        (group, request, transfer) -> {
          asked.add(group + " " + transfer);
          return no(request.getTerm());
        });
    await().until(() -> !asked.isEmpty());
    await()
        .during(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(5))
        .until(() -> rafts.stream().noneMatch(RaftNode::leads));
    assertThat(asked).containsExactly("guarded false");
  }

  /** A heartbeat may be answered between the first look and the grant. */
  @Test
  void aGrantIsHeldBackWhenTheGuardChangesItsMindMeanwhile() throws Exception {
    Set<String> votersThatPassedOnce = ConcurrentHashMap.newKeySet();
    Set<String> heldBack = ConcurrentHashMap.newKeySet();
    start(
        "held-back",
        (group, request, transfer) -> {
          String thread = Thread.currentThread().getName();
          if (!thread.startsWith("raft-control-" + request.getPeerId().split(":")[0])) {
            return null; // The candidate's own look.
          }
          String vote = request.getTerm() + " at " + request.getPeerId();
          if (votersThatPassedOnce.add(vote)) {
            return null;
          }
          heldBack.add(vote);
          return no(request.getTerm());
        });
    await().atMost(Duration.ofSeconds(20)).until(() -> heldBack.size() > 1);
    assertThat(rafts).noneMatch(RaftNode::leads);
  }

  @Test
  void aVoteThatFollowsFromATransferSaysSo() throws Exception {
    start(
        "transfer",
        (group, request, transfer) -> {
          asked.add("" + transfer);
          return null;
        });
    await().atMost(Duration.ofSeconds(20)).until(() -> rafts.stream().anyMatch(RaftNode::leads));
    assertThat(asked).containsExactly("false");
    asked.clear();
    RaftNode leader = rafts.stream().filter(RaftNode::leads).findFirst().orElseThrow();
    RaftNode other = rafts.stream().filter(raft -> raft != leader).findFirst().orElseThrow();
    await().until(() -> leader.node.transferLeadershipTo(other.peerId()).isOk());
    await().until(other::leads);
    assertThat(asked).containsExactly("true");
  }

  @Test
  void aReplacedLeadersMessagesDoNotCount() {
    GroupTraffic traffic = new GroupTraffic(100);
    assertThat(traffic.leaderNanos()).isEqualTo(100);
    traffic.heardLeader(5, 200);
    traffic.heardLeader(4, 300);
    assertThat(traffic.leaderNanos()).isEqualTo(200);
    assertThat(traffic.leaderTerm()).isEqualTo(5);
    traffic.heardLeader(5, 150);
    assertThat(traffic.leaderNanos()).isEqualTo(200);
  }

  @Test
  void onlyTheTermAfterATimelyHandOverIsATransfer() {
    GroupTraffic traffic = new GroupTraffic(0);
    assertThat(traffic.takesOver(6, 1_000, 100)).isFalse();
    traffic.toldToTakeOver(5, 1_000);
    assertThat(traffic.takesOver(6, 1_100, 100)).isTrue();
    assertThat(traffic.takesOver(6, 1_101, 100)).isFalse();
    assertThat(traffic.takesOver(7, 1_050, 100)).isFalse();
    assertThat(traffic.handedOverIn(5)).isFalse();
    traffic.handedOver(5);
    assertThat(traffic.handedOverIn(5)).isTrue();
    assertThat(traffic.handedOverIn(6)).isFalse();
  }
}
