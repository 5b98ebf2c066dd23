package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.FaultyStorage;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.StorageException;
import kvstore.replication.InMemoryGroup;
import kvstore.replication.NodeId;
import kvstore.replication.StateMachine;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a shard asks of its storage, and on which thread. */
class StorageUseTest {

  private static final NodeId N1 = new NodeId("n1");

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final FaultyStorage storage = new FaultyStorage(new MemoryStorage());

  /** With what the shard itself has to do from time to time. */
  private final Queue<Runnable> pool = new ConcurrentLinkedQueue<>();

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong fromDisk = new AtomicLong();
  private final ReadPlace place = new ReadPlace(fromDisk::get, nanos.get());
  private final List<String> answers = new ArrayList<>();
  private StateMachine machine;
  private Shard shard;

  @BeforeEach
  void start() throws IOException {
    InMemoryGroup group = new InMemoryGroup("shard");
    shard =
        new Shard(
            1,
            new NeverRestored(() -> storage),
            opened -> {
              machine = opened;
              return group.join(N1, opened, Runnable::run);
            },
            BatchLimits.DEFAULT,
            new Shard.Surroundings(
                InstantSource.system(),
                pool::add,
                place,
                timer,
                Births.NONE,
                nanos::get,
                Admission.usual()),
            () -> {});
    group.elect(N1);
    submit("set", "one", "1");
    submit("set", "two", "2");
    assertThat(answers).hasSize(2);
    answers.clear();
    storage.cold(true);
  }

  @AfterEach
  void stop() throws IOException {
    shard.close();
    timer.shutdownNow();
  }

  private void runPool() {
    for (Runnable work = pool.poll(); work != null; work = pool.poll()) {
      work.run();
    }
  }

  private void comeHere() {
    nanos.addAndGet(ReadPlace.SHORTEST_QUIET.toNanos());
    for (int i = 0; i < ReadPlace.ENOUGH_READS; i++) {
      place.took(nanos.get(), nanos.get());
    }
    nanos.addAndGet(ReadPlace.LOOK_EVERY.toNanos() + 1);
    place.took(nanos.get(), nanos.get());
    assertThat(place.isHere()).isTrue();
  }

  @Test
  void thePoolReadsWhatADiskMayHaveToDeliver() {
    submit("get", "one");
    assertThat(answers).isEmpty();
    runPool();
    assertThat(answers).containsExactly("1");
  }

  @Test
  void whoAsksReadsWhatTheOperatingSystemHas() {
    comeHere();
    submit("get", "one");
    submit("get", "missing");
    assertThat(answers).containsExactly("1", "nothing");
  }

  @Test
  void readsOfThePoolBringTheNextOnesHere() {
    nanos.addAndGet(ReadPlace.SHORTEST_QUIET.toNanos());
    for (int i = 0; i < ReadPlace.ENOUGH_READS; i++) {
      submit("get", "missing");
      nanos.addAndGet(ReadPlace.LOOK_EVERY.toNanos() + 1);
      runPool();
    }
    submit("get", "one");
    assertThat(answers).endsWith("1");
  }

  @Test
  void whatReadsMoreThanOneKeyGoesToThePoolAllTheSame() {
    comeHere();
    submit("dbsize");
    submit("mget", "one", "two");
    assertThat(answers).isEmpty();
    runPool();
    assertThat(answers).hasSize(2);
  }

  /** What a checkpoint has to flush, writes wait for. */
  @Test
  void aSnapshotIsPreparedByAFlush() throws Exception {
    machine.prepareSnapshot();
    storage.fail(StorageException.Kind.IO);
    assertThatThrownBy(machine::prepareSnapshot).hasMessageContaining("injected failure");
    storage.heal();
    shard.close();
    machine.prepareSnapshot();
  }

  private void submit(String... words) {
    shard.submit(
        new ShardCommand(
            ShardTest.parse(words),
            ReadMode.LINEARIZABLE,
            false,
            nanos.get() + TimeUnit.SECONDS.toNanos(60),
            new Answer()),
        shard.leadership().term());
  }

  private final class Answer implements ShardCommand.Completion {
    @Override
    public void done(Outcome outcome) {
      answers.add(
          outcome instanceof Outcome.Bytes bytes
              ? new String(bytes.value(), StandardCharsets.UTF_8)
              : outcome == Outcome.NIL ? "nothing" : outcome.toString());
    }

    @Override
    public void failed(Unavailable reason) {
      answers.add(reason.toString());
    }

    @Override
    public void notLeading() {
      answers.add("not leading");
    }

    @Override
    public void unanswered() {
      throw new AssertionError("expected no message that is not to be answered");
    }

    @Override
    public void elsewhere() {
      throw new AssertionError("expected every key to be of this shard");
    }
  }
}
