package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.alipay.sofa.jraft.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import kvstore.replication.NodeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class RaftOverTransportTest {

  private static final List<NodeId> VOTERS = List.of(Nodes.id(1), Nodes.id(2), Nodes.id(3));
  private static final AtomicInteger GROUPS = new AtomicInteger();

  @TempDir private Path directory;
  private final String group = "test-" + GROUPS.incrementAndGet();
  private final Map<Integer, RaftNode> rafts = new TreeMap<>();
  private Nodes nodes;

  @BeforeEach
  void startTransports() throws Exception {
    nodes = Nodes.start(3);
  }

  @AfterEach
  void stopAll() throws Exception {
    for (RaftNode raft : rafts.values()) {
      raft.stop();
    }
    nodes.close();
  }

  private void start(int number) {
    rafts.put(
        number,
        new RaftNode(
            group,
            nodes.get(number),
            VOTERS,
            directory.resolve("n" + number + "-" + System.nanoTime()),
            endpoint -> {}));
  }

  private void startAll() {
    for (int i = 1; i <= 3; i++) {
      start(i);
    }
  }

  private RaftNode leader() {
    return await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> rafts.values().stream().filter(RaftNode::leads).findFirst().orElse(null),
            leader -> leader != null);
  }

  private static void propose(RaftNode leader, int from, int to) throws Exception {
    List<CompletableFuture<Status>> all = new ArrayList<>();
    for (int i = from; i < to; i++) {
      all.add(leader.propose("entry " + i));
    }
    for (CompletableFuture<Status> one : all) {
      assertThat(one.get(20, TimeUnit.SECONDS).isOk()).isTrue();
    }
  }

  private void awaitApplied(int count) {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expected.add("entry " + i);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> rafts.values().forEach(raft -> assertThat(raft.applied).isEqualTo(expected)));
  }

  @Test
  void threeNodesElectALeaderAndAgreeOnEntries() throws Exception {
    startAll();
    propose(leader(), 0, 2_000);
    awaitApplied(2_000);
  }

  @Test
  void theOthersElectANewLeaderWhenOneStops() throws Exception {
    startAll();
    RaftNode first = leader();
    propose(first, 0, 10);
    awaitApplied(10);
    rafts.values().remove(first);
    first.stop();
    propose(leader(), 10, 20);
    awaitApplied(20);
  }

  @Test
  void leadershipIsHandedOverOnRequestAndTheTrafficKnows() throws Exception {
    startAll();
    RaftNode first = leader();
    propose(first, 0, 10);
    long term = first.endpoint.traffic(group).leaderTerm();
    assertThat(term).isZero();
    RaftNode second =
        rafts.values().stream().filter(raft -> raft != first).findFirst().orElseThrow();
    await()
        .untilAsserted(() -> assertThat(second.endpoint.traffic(group).leaderTerm()).isPositive());
    long oldTerm = second.endpoint.traffic(group).leaderTerm();
    assertThat(first.endpoint.traffic(group).handedOverIn(oldTerm)).isFalse();

    await().until(() -> first.node.transferLeadershipTo(second.peerId()).isOk());

    await().until(second::leads);
    assertThat(first.endpoint.traffic(group).handedOverIn(oldTerm)).isTrue();
    assertThat(
            second
                .endpoint
                .traffic(group)
                .takesOver(oldTerm + 1, System.nanoTime(), TimeUnit.SECONDS.toNanos(60)))
        .isTrue();
    propose(second, 10, 20);
    awaitApplied(20);
  }

  @Test
  void aNodeThatMissedTooMuchGetsASnapshot() throws Exception {
    start(1);
    start(2);
    RaftNode leader = leader();
    propose(leader, 0, 500);
    awaitApplied(500);
    assertThat(leader.snapshot().get(20, TimeUnit.SECONDS).isOk()).isTrue();
    propose(leader, 500, 600);
    assertThat(leader.snapshot().get(20, TimeUnit.SECONDS).isOk()).isTrue();
    start(3);
    awaitApplied(600);
    propose(leader(), 600, 610);
    awaitApplied(610);
  }

  @Test
  void nothingAcknowledgedIsLostOrReorderedWhileConnectionsDie() throws Exception {
    startAll();
    Random random = new Random(7);
    Map<String, CompletableFuture<Status>> proposed = new LinkedHashMap<>();
    for (int round = 0; round < 60; round++) {
      RaftNode leader = leader();
      for (int i = 0; i < 20; i++) {
        String text = "entry " + round + "." + i;
        proposed.put(text, leader.propose(text));
      }
      int victim = 1 + random.nextInt(3);
      if (random.nextBoolean()) {
        nodes.get(victim).server().dropConnections();
      } else {
        nodes.get(victim).disconnect(Nodes.id(1 + random.nextInt(3)));
      }
      LockSupport.parkNanos(random.nextInt(20_000_000));
    }
    List<String> acknowledged = new ArrayList<>();
    for (Map.Entry<String, CompletableFuture<Status>> one : proposed.entrySet()) {
      if (one.getValue().get(20, TimeUnit.SECONDS).isOk()) {
        acknowledged.add(one.getKey());
      }
    }
    assertThat(acknowledged).isNotEmpty();
    assertThat(leader().propose("last").get(20, TimeUnit.SECONDS).isOk()).isTrue();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> rafts.values().stream().allMatch(raft -> raft.applied.contains("last")));
    List<String> agreed = rafts.get(1).applied;
    assertThat(rafts.get(2).applied).isEqualTo(agreed);
    assertThat(rafts.get(3).applied).isEqualTo(agreed);
    assertThat(agreed).doesNotHaveDuplicates().containsSubsequence(acknowledged);
  }

  @Test
  void onlyOurOwnNodeOptionsReachTheTransport() {
    assertThatThrownBy(() ->
            new PeerRpcFactory()
                .createRpcClient()
                .init(new com.alipay.sofa.jraft.option.NodeOptions()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("RaftEndpoint.newNodeOptions()");
  }
}
