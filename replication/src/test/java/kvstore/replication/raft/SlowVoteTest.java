package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that takes long to store a vote, with the lock of the library's node held. */
class SlowVoteTest {

  private static final int WRITES = 20;

  @TempDir Path dir;

  private volatile Path slow = Path.of("none");
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  private void beforeWrite(Path directory) {
    if (!directory.equals(slow)) {
      return;
    }
    asked.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The node leads the second group, whose other replicas are a majority with disks of their own.
   */
  @Test
  void holdsUpNoOtherGroup() throws Exception {
    try (TestCluster cluster =
        TestCluster.of(
            dir, 3, options -> options.withFaults(() -> beforeWrite(options.directory())))) {
      TestCluster.Node first = cluster.awaitLeader();
      cluster.write("x");
      TestCluster.Node node = cluster.others(first).get(0);
      TestCluster.Node next = cluster.others(first).get(1);
      String second = cluster.group + "-second";
      for (TestCluster.Node each : cluster.nodes.values()) {
        each.open(second, cluster.voters(), Set.of());
      }
      ReplicatedLog log = node.logs.get(second);
      lead(cluster, second, node);
      assertThat(propose(log).get(20, TimeUnit.SECONDS)).isNull();

      slow = node.directory.resolve("raft");
      first.log().membership().transferLeadership(next.id);
      TestCluster.eventually().until(() -> next.log().leadership().isLeader());
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      try {
        for (int i = 0; i < WRITES; i++) {
          assertThat(next.log().leadership().isLeader()).isTrue();
          assertThat(cluster.propose(next, "y" + i).get(20, TimeUnit.SECONDS)).isNull();
          assertThat(propose(log).get(20, TimeUnit.SECONDS)).isNull();
        }
        assertThat(release.getCount()).isEqualTo(1);
      } finally {
        release.countDown();
      }
    }
  }

  private static void lead(TestCluster cluster, String group, TestCluster.Node node) {
    TestCluster.eventually()
        .until(() -> {
          if (node.logs.get(group).leadership().isLeader()) {
            return true;
          }
          for (TestCluster.Node each : cluster.nodes.values()) {
            ReplicatedLog log = each.logs.get(group);
            if (each != node && log.leadership().isLeader()) {
              log.membership().transferLeadership(node.id);
            }
          }
          return false;
        });
  }

  /** The failure; null once it is committed. */
  private static CompletableFuture<Proposal.Failure> propose(ReplicatedLog log) {
    CompletableFuture<Proposal.Failure> end = new CompletableFuture<>();
    log.propose(
        ByteBuffer.wrap(new byte[] {1}),
        log.leadership().term(),
        new DurableListMachine.Waiting() {
          @Override
          public void committed() {
            end.complete(null);
          }

          @Override
          public void failed(Failure failure) {
            end.complete(failure);
          }
        });
    return end;
  }
}
