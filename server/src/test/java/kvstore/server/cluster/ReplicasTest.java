package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.replication.NodeId;
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import kvstore.server.shard.Shard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicasTest {

  @TempDir Path folder;

  /** No other news come while it waits: the state stays as it is. */
  @Test
  void aShardThatIsToBeBornIsOpenedHoweverLongItsParentTakesNotToBearIt() throws Exception {
    ClusterMember member = new ClusterMember(new NodeId("n1"), "127.0.0.1", 1001, 2001);
    Identity identity = Identity.create(member, 3, List.of());
    NodeEntry self =
        new NodeEntry(
            member.id(), "127.0.0.1", 1001, 6001, 2001, "", NodeEntry.Status.ACTIVE, "0.1.0", 0);
    ClusterView view = new ClusterView(Founding.assumedBy(identity, self, 5_000));
    Birth parent = new Birth(4);
    ScheduledExecutorService keeper = Executors.newSingleThreadScheduledExecutor();
    try (DataDirectory directory = DataDirectory.open(folder);
        Replicas replicas = new Replicas(identity, directory, view, parent, keeper)) {
      replicas.start();

      assertThat(parent.opened.await(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      keeper.shutdownNow();
    }
  }

  /** Expects the shard for a while; then it may be opened, which fails. */
  private static final class Birth implements Replicas.Opener {
    private final CountDownLatch opened = new CountDownLatch(1);
    private final AtomicInteger times;

    private Birth(int times) {
      this.times = new AtomicInteger(times);
    }

    @Override
    public Shard open(int number, Set<NodeId> voters, Set<NodeId> learners) throws IOException {
      opened.countDown();
      throw new IOException("a test opens nothing");
    }

    @Override
    public AutoCloseable openDirectory(Set<NodeId> voters, Set<NodeId> learners) {
      return () -> {};
    }

    @Override
    public boolean isExpected(int number) {
      return times.getAndDecrement() > 0;
    }

    @Override
    public void forget(int number) {}

    @Override
    public boolean holds(int number) {
      return false;
    }

    @Override
    public void opened(int number) {}
  }
}
