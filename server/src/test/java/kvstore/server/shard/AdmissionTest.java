package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.MemoryStorage;
import kvstore.replication.InMemoryGroup;
import kvstore.replication.NodeId;
import kvstore.server.burst.Burst;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a shard takes and refuses, over the in-memory log, on a clock that the test moves. */
class AdmissionTest {

  private static final NodeId N1 = new NodeId("n1");
  private static final int MANY = 50_000;

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final AtomicLong nanos = new AtomicLong();
  private final List<Shard> shards = new ArrayList<>();
  private final AtomicInteger done = new AtomicInteger();
  private final List<Unavailable> refused = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Shard shard : shards) {
      shard.close();
    }
    timer.shutdownNow();
  }

  @Test
  void whatWouldWaitTooLongIsRefusedAtOnceAndTheRestIsDone() throws IOException {
    InMemoryGroup group = new InMemoryGroup("shard");
    Shard shard = open(group, new Admission(64 << 20, Duration.ofMillis(100)));
    group.holdCommits();
    submit(shard, MANY, 10);
    assertThat(refused).containsOnly(Unavailable.OVERLOADED);
    int taken = MANY - refused.size();
    assertThat(taken).isBetween(BatchLimits.DEFAULT.neverRefused(), MANY / 2);
    group.releaseCommits();
    assertThat(done).hasValue(taken);
    refused.clear();
    submit(shard, 1, 10);
    assertThat(refused).isEmpty();
  }

  @Test
  void aShardThatTurnedOutSlowTakesLess() throws IOException {
    assertThat(takenAfterEntriesThatTook(Duration.ofMillis(2)))
        .isGreaterThan(2 * takenAfterEntriesThatTook(Duration.ofMillis(40)));
  }

  private int takenAfterEntriesThatTook(Duration each) throws IOException {
    InMemoryGroup group = new InMemoryGroup("shard" + shards.size());
    Shard shard = open(group, new Admission(64 << 20, Duration.ofMillis(100)));
    for (int entry = 0; entry < 20; entry++) {
      group.holdCommits();
      assertThat(Burst.begin()).isTrue();
      submit(shard, 1_000, 10);
      Burst.end(); // as one entry
      nanos.addAndGet(each.toNanos());
      group.releaseCommits();
    }
    group.holdCommits();
    refused.clear();
    submit(shard, MANY, 10);
    int taken = MANY - refused.size();
    group.releaseCommits();
    return taken;
  }

  @Test
  void whileNothingGetsDoneOnlyTheUsualNumberIsTaken() throws IOException {
    InMemoryGroup group = new InMemoryGroup("shard");
    Shard shard = open(group, new Admission(64 << 20, Duration.ofMillis(100)));
    group.holdCommits();
    submit(shard, 1, 10);
    nanos.addAndGet(Duration.ofMillis(101).toNanos());
    submit(shard, MANY, 10);
    assertThat(MANY + 1 - refused.size()).isEqualTo(BatchLimits.DEFAULT.neverRefused());
    group.releaseCommits();
  }

  @Test
  void withoutABoundInTimeOnlyBytesCount() throws IOException {
    InMemoryGroup group = new InMemoryGroup("shard");
    Shard shard = open(group, new Admission(64 << 20, Duration.ZERO));
    group.holdCommits();
    submit(shard, MANY, 10);
    assertThat(refused).isEmpty();
    group.releaseCommits();
    assertThat(done).hasValue(MANY);
  }

  @Test
  void theShardsOfANodeShareItsRoom() throws IOException {
    Admission node = new Admission(1 << 20, Duration.ofSeconds(10));
    InMemoryGroup one = new InMemoryGroup("one");
    InMemoryGroup two = new InMemoryGroup("two");
    Shard first = open(one, node);
    Shard second = open(two, node);
    one.holdCommits();
    two.holdCommits();
    submit(first, 40, 100_000);
    assertThat(refused).isNotEmpty().containsOnly(Unavailable.OUT_OF_MEMORY);
    assertThat(first.queuedBytes()).isLessThan((1 << 20) + 200_000);
    refused.clear();
    submit(second, 3, 10);
    assertThat(refused).hasSize(3);
    one.releaseCommits();
    refused.clear();
    submit(second, 3, 10);
    assertThat(refused).isEmpty();
    two.releaseCommits();
  }

  private Shard open(InMemoryGroup group, Admission admission) throws IOException {
    Shard shard =
        new Shard(
            1,
            new NeverRestored(MemoryStorage::new),
            machine -> group.join(N1, machine, Runnable::run),
            BatchLimits.DEFAULT,
            new Shard.Surroundings(
                InstantSource.system(), Runnable::run, timer, Births.NONE, nanos::get, admission),
            () -> {});
    shards.add(shard);
    group.elect(N1);
    return shard;
  }

  private void submit(Shard shard, int count, int valueBytes) {
    byte[] value = new byte[valueBytes];
    for (int i = 0; i < count; i++) {
      byte[] key = ("k" + i % 100).getBytes(StandardCharsets.UTF_8);
      shard.submit(
          new ShardCommand(
              new Command(Operation.byName("set"), new byte[][] {key, value}),
              ReadMode.LINEARIZABLE,
              false,
              nanos.get() + TimeUnit.SECONDS.toNanos(60),
              new Counting()),
          shard.leadership().term());
    }
  }

  private final class Counting implements ShardCommand.Completion {
    @Override
    public void done(Outcome outcome) {
      done.incrementAndGet();
    }

    @Override
    public void failed(Unavailable reason) {
      refused.add(reason);
    }

    @Override
    public void notLeading() {
      throw new AssertionError("expected the shard to lead");
    }

    @Override
    public void unanswered() {
      throw new AssertionError("expected no read");
    }

    @Override
    public void elsewhere() {
      throw new AssertionError("expected every key to be of this shard");
    }
  }
}
