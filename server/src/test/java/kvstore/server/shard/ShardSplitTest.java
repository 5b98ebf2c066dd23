package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.storage.MemoryStorage;
import kvstore.replication.InMemoryGroup;
import kvstore.replication.NodeId;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Splits over the in-memory log. Slot of {@code b} is 3300, of {@code a} 15495. */
class ShardSplitTest {

  private static final NodeId N1 = new NodeId("n1");
  private static final NodeId N2 = new NodeId("n2");

  private final InMemoryGroup group = new InMemoryGroup("shard");
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> ends = Collections.synchronizedList(new ArrayList<>());
  private final List<Birth> seeded = new ArrayList<>();
  private final List<String> born = new ArrayList<>();
  private boolean diskFull;
  private Shard shard;

  @BeforeEach
  void start() throws IOException {
    shard = open(N1);
    group.elect(N1);
    submit("set", "a", "1");
    submit("set", "b", "1");
    ends.clear();
  }

  @AfterEach
  void stop() throws IOException {
    shard.close();
    timer.shutdownNow();
  }

  @Test
  void commandsBeforeASplitAreDoneAndThoseBehindItAreElsewhere() {
    group.holdCommits();
    submit("append", "a", "2");
    CompletableFuture<Void> split = shard.split(2, 8192).toCompletableFuture();
    submit("append", "a", "3");
    submit("append", "b", "2");
    submit("mset", "a", "x", "b", "x");
    assertThat(split).isNotDone();
    group.releaseCommits();
    assertThat(split).isCompleted();
    assertThat(ends)
        .containsExactlyInAnyOrder(
            "append: 2", "append: elsewhere", "append: 2", "mset: elsewhere");
    ends.clear();
    submit("get", "b");
    submit("get", "a");
    submit("mget", "b", "a");
    assertThat(ends).containsExactly("get: 12", "get: elsewhere", "mget: elsewhere");
    assertThat(shard.firstSlot()).isZero();
    assertThat(shard.lastSlot()).isEqualTo(8191);
  }

  /** Others may have applied the split, and the child may have taken writes. */
  @Test
  void readsWaitWhileASplitIsInFlight() {
    group.holdCommits();
    shard.split(2, 8192);
    submit("get", "a");
    submit("get", "b");
    assertThat(ends).isEmpty();
    group.releaseCommits();
    assertThat(ends).containsExactlyInAnyOrder("get: elsewhere", "get: 1");
    submit("get", "b");
    assertThat(ends).hasSize(3);
  }

  @Test
  void birthHoldsTheSplitsPlaceAndTheParentsMembers() throws Exception {
    Shard other = open(N2);
    long index = shard.log().progress().lastIndex() + 1;
    shard.split(2, 8192).toCompletableFuture().join();
    assertThat(seeded).hasSize(2);
    assertThat(seeded.get(0)).isEqualTo(seeded.get(1));
    Birth birth = seeded.get(0);
    assertThat(birth.index()).isEqualTo(index);
    assertThat(birth.term()).isEqualTo(shard.leadership().term());
    assertThat(birth.voters()).isEqualTo(Set.of(N1, N2));
    assertThat(born).containsExactlyInAnyOrder("n1 leads", "n2");
    assertThat(Birth.decode(shard.keyspace().births().get(2))).isEqualTo(birth);
    other.close();
  }

  @Test
  void splitThatIsAskedForAgainIsDone() throws Exception {
    shard.split(2, 8192).toCompletableFuture().join();
    long last = shard.log().progress().lastIndex();
    shard.split(2, 8192).toCompletableFuture().join();
    assertThat(shard.log().progress().lastIndex()).isEqualTo(last);
    assertThat(shard.lastSlot()).isEqualTo(8191);
  }

  @Test
  void impossibleSplitsAreRefusedWithAReason() throws Exception {
    Shard follower = open(N2);
    assertThatThrownBy(() -> follower.split(2, 8192).toCompletableFuture().join())
        .hasMessageContaining("expected to lead shard 1");
    assertThatThrownBy(() -> shard.split(2, 0).toCompletableFuture().join())
        .hasMessageContaining("0-16383")
        .hasMessageContaining("got 0");
    shard.split(2, 8192).toCompletableFuture().join();
    assertThatThrownBy(() -> shard.split(3, 9000).toCompletableFuture().join())
        .hasMessageContaining("0-8191");
    assertThatThrownBy(() -> shard.split(2, 4096).toCompletableFuture().join())
        .hasMessageContaining("2 is");
    group.holdCommits();
    CompletableFuture<Void> first = shard.split(3, 4096).toCompletableFuture();
    assertThatThrownBy(() -> shard.split(4, 2048).toCompletableFuture().join())
        .hasMessageContaining("no split");
    group.releaseCommits();
    assertThat(first).isCompleted();
    assertThat(shard.lastSlot()).isEqualTo(4095);
    assertThat(follower.lastSlot()).isEqualTo(4095);
    follower.close();
  }

  @Test
  void splitThatTheNextLeaderDropsMayBeAskedForAgain() throws Exception {
    Shard other = open(N2);
    group.holdCommits();
    CompletableFuture<Void> split = shard.split(2, 8192).toCompletableFuture();
    group.depose();
    assertThat(split).isNotDone();
    group.elect(N2, false);
    group.releaseCommits();
    assertThat(split).isCompletedExceptionally();
    assertThat(other.lastSlot()).isEqualTo(16383);
    other.split(2, 8192).toCompletableFuture().join();
    assertThat(shard.lastSlot()).isEqualTo(8191);
    group.elect(N1);
    shard.split(3, 4096).toCompletableFuture().join();
    assertThat(other.lastSlot()).isEqualTo(4095);
    other.close();
  }

  @Test
  void splitThatTheNextLeaderCommitsEndsWellForTheOldOne() throws Exception {
    Shard other = open(N2);
    group.holdCommits();
    CompletableFuture<Void> split = shard.split(2, 8192).toCompletableFuture();
    submit("get", "a");
    group.elect(N2, true);
    group.releaseCommits();
    assertThat(split).isCompleted();
    assertThat(other.lastSlot()).isEqualTo(8191);
    assertThat(ends).hasSize(1).doesNotContain("get: 1");
    other.close();
  }

  @Test
  void sameSplitTwiceHasOneEffectOnEveryReplica() throws Exception {
    Shard other = open(N2);
    SplitOrder order = new SplitOrder(2, 8192, Set.of(N1, N2), Set.of());
    long term = shard.leadership().term();
    for (int i = 0; i < 2; i++) {
      shard.log().propose(order.encode(1), term, failure -> {});
    }
    assertThat(seeded).hasSize(2);
    assertThat(other.lastSlot()).isEqualTo(8191);
    assertThat(other.keyspace().appliedIndex()).isEqualTo(shard.log().progress().lastIndex());
    other.close();
  }

  @Test
  void replicaThatCannotCopyStopsBeforeTheSplitHasAnyEffect() {
    diskFull = true;
    CompletableFuture<Void> split = shard.split(2, 8192).toCompletableFuture();
    assertThat(split).isCompletedExceptionally();
    assertThat(shard.lastSlot()).isEqualTo(16383);
    assertThat(born).isEmpty();
    assertThat(shard.leadership().isLeader()).isFalse();
  }

  private Shard open(NodeId node) throws IOException {
    return new Shard(
        1,
        new NeverRestored(MemoryStorage::new),
        machine -> group.join(node, machine, Runnable::run),
        BatchLimits.DEFAULT,
        new Shard.Surroundings(
            InstantSource.system(), Runnable::run, timer, new RecordedBirths(node)),
        () -> {});
  }

  private final class RecordedBirths implements Births {
    private final NodeId node;

    RecordedBirths(NodeId node) {
      this.node = node;
    }

    @Override
    public void seed(Birth birth, Keyspace parent) throws IOException {
      if (diskFull) {
        throw new IOException("No space left on device");
      }
      assertThat(parent.range().holds(birth.atSlot())).isTrue();
      seeded.add(birth);
    }

    @Override
    public void born(Birth birth, Keyspace parent, boolean leads) {
      assertThat(parent.range().holds(birth.atSlot())).isFalse();
      born.add(node + (leads ? " leads" : ""));
    }

    @Override
    public void opened(int parent, Collection<Birth> births) {
      assertThat(births).isEmpty();
    }
  }

  private void submit(String... words) {
    byte[][] arguments = new byte[words.length - 1][];
    for (int i = 1; i < words.length; i++) {
      arguments[i - 1] = words[i].getBytes(StandardCharsets.UTF_8);
    }
    shard.submit(
        new ShardCommand(
            new Command(Operation.byName(words[0]), arguments),
            ReadMode.LINEARIZABLE,
            false,
            System.nanoTime() + TimeUnit.SECONDS.toNanos(60),
            new Recorder(words[0])),
        shard.log().leadership().term());
  }

  private final class Recorder implements ShardCommand.Completion {
    private final String name;

    Recorder(String name) {
      this.name = name;
    }

    @Override
    public void done(Outcome outcome) {
      ends.add(
          name
              + ": "
              + (outcome instanceof Outcome.Bytes bytes
                  ? new String(bytes.value(), StandardCharsets.UTF_8)
                  : outcome instanceof Outcome.Int number ? "" + number.value() : "OK"));
    }

    @Override
    public void failed(Unavailable reason) {
      ends.add(name + ": " + reason);
    }

    @Override
    public void notLeading() {
      ends.add(name + ": not leading");
    }

    @Override
    public void unanswered() {
      ends.add(name + ": unanswered");
    }

    @Override
    public void elsewhere() {
      ends.add(name + ": elsewhere");
    }
  }
}
