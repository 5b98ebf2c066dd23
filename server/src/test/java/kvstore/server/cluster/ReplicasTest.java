package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import kvstore.replication.NodeId;
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import kvstore.server.shard.Shard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicasTest {

  private static final long VERSION = 7;

  @TempDir Path folder;

  private final ScheduledExecutorService keeper = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    keeper.shutdownNow();
  }

  /** No other news come while it waits: the state stays as it is. */
  @Test
  void aShardThatIsToBeBornIsOpenedHoweverLongItsParentTakesNotToBearIt() throws Exception {
    Birth parent = new Birth(4);
    try (DataDirectory directory = DataDirectory.open(folder);
        Replicas replicas = replicas("n1", 1, directory, parent)) {
      replicas.start();

      assertThat(parent.opened.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void theStateThatNamesAReplicaIsOnTheDiskBeforeTheReplicaIsOpened() throws Exception {
    Birth full = new Birth(0);
    full.failures.set(3);
    try (DataDirectory directory = DataDirectory.open(folder);
        Replicas replicas = replicas("n1", 1, directory, full)) {
      assertThatThrownBy(replicas::start).hasMessageContaining("disk");
      assertThat(full.kept).hasValue(-1);
      assertThat(full.openedAsKept).hasValue(-2);

      full.failures.set(0);
      assertThatThrownBy(replicas::start).hasMessageContaining("opens nothing");
      assertThat(full.openedAsKept).hasValue(VERSION);
    }
  }

  /** Its state file was damaged; what it assumes until it hears of a state names three of five. */
  @Test
  void aNodeThatHasHeardOfNoStateDeletesNothing() throws Exception {
    Birth opener = new Birth(0);
    try (DataDirectory directory = DataDirectory.open(folder);
        Replicas replicas = replicas("n5", 0, directory, opener)) {
      Files.createDirectories(directory.shard(1));

      replicas.start();

      assertThat(directory.shard(1)).exists();
      assertThat(directory.hasLeft(1)).isFalse();
    }
  }

  private Replicas replicas(String id, long version, DataDirectory directory, Birth opener) {
    List<ClusterMember> members =
        IntStream.rangeClosed(1, 5)
            .mapToObj(i -> new ClusterMember(new NodeId("n" + i), "127.0.0.1", 1000 + i, 2000 + i))
            .toList();
    ClusterMember member = members.get(id.charAt(1) - '1');
    Identity identity = Identity.create(member, 3, members);
    NodeEntry self =
        new NodeEntry(
            member.id(), "127.0.0.1", 1001, 6001, 2001, "", NodeEntry.Status.ACTIVE, "0.1.0", 0);
    ClusterState assumed = Founding.assumedBy(identity, self, 5_000);
    ClusterState state =
        new ClusterState(
            version * VERSION,
            assumed.clusterId(),
            assumed.settings(),
            assumed.nodes(),
            assumed.shards(),
            assumed.nextShard());
    return new Replicas(identity, directory, new ClusterView(state), opener, keeper);
  }

  /** Expects the shard for a while; then it may be opened, which fails. */
  private static final class Birth implements Replicas.Opener {
    private final CountDownLatch opened = new CountDownLatch(1);
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicLong kept = new AtomicLong(-1);
    private final AtomicLong openedAsKept = new AtomicLong(-2);
    private final AtomicInteger times;

    private Birth(int times) {
      this.times = new AtomicInteger(times);
    }

    @Override
    public Shard open(int number, Set<NodeId> voters, Set<NodeId> learners) throws IOException {
      openedAsKept.set(kept.get());
      opened.countDown();
      throw new IOException("a test opens nothing");
    }

    @Override
    public AutoCloseable openDirectory(Set<NodeId> voters, Set<NodeId> learners) {
      return () -> {};
    }

    @Override
    public void keep(ClusterState state) throws IOException {
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new IOException("the disk is full");
      }
      kept.set(state.version());
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
