package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.MemoryStorage;
import kvstore.replication.InMemoryGroup;
import kvstore.replication.InMemoryReplicatedLog;
import kvstore.replication.NodeId;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shard over the in-memory log: everything on the test's thread unless it waits. */
class ShardTest {
  /** Entries fill what may be in flight however small they are. */
  private static final BatchLimits SMALL_ENTRIES_LEAVE =
      new BatchLimits(
          BatchLimits.DEFAULT.entriesInFlight(),
          BatchLimits.DEFAULT.commandsPerEntry(),
          BatchLimits.DEFAULT.bytesPerEntry(),
          BatchLimits.DEFAULT.neverRefused(),
          0);

  private static final NodeId N1 = new NodeId("n1");
  private static final NodeId N2 = new NodeId("n2");

  private final InMemoryGroup group = new InMemoryGroup("shard");
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> ends = Collections.synchronizedList(new ArrayList<>());
  private InMemoryReplicatedLog log;
  private Shard shard;

  @BeforeEach
  void start() throws IOException {
    shard = open(N1);
    log = (InMemoryReplicatedLog) shard.log();
    group.elect(N1);
  }

  @AfterEach
  void stop() throws IOException {
    shard.close();
    timer.shutdownNow();
  }

  @Test
  void aWriteIsAnsweredOnceCommittedAndThenRead() {
    group.holdCommits();
    submit("set", "k", "1");
    assertThat(ends).isEmpty();
    group.releaseCommits();
    submit("get", "k");
    assertThat(ends).containsExactly("set: OK", "get: 1");
  }

  @Test
  void commandsThatComeWhileEntriesAreInFlightShareOne() {
    long before = log.progress().lastIndex();
    group.holdCommits();
    for (int i = 0; i < 100; i++) {
      submit("append", "n", "x");
    }
    group.releaseCommits();
    assertThat(ends).hasSize(100).last().isEqualTo("append: 100");
    assertThat(log.progress().lastIndex() - before)
        .isLessThanOrEqualTo(BatchLimits.DEFAULT.entriesInFlight() + 1L);
  }

  @Test
  void anOrderedReadSeesTheWritesBeforeItAndNotThoseBehind() {
    group.holdCommits();
    submit("set", "k", "1");
    submitOrdered("get", "k");
    submit("set", "k", "2");
    submitOrdered("get", "k");
    submit("set", "k", "3");
    group.releaseCommits();
    await().until(() -> ends.size() == 5); // the last entry waits for more, a moment
    assertThat(ends).containsExactlyInAnyOrder("set: OK", "get: 1", "set: OK", "get: 2", "set: OK");
    assertThat(ends.stream().filter(end -> end.startsWith("get")))
        .containsExactly("get: 1", "get: 2");
  }

  @Test
  void aWriteThatTheNextLeaderCommitsIsAnsweredByTheOldOne() throws IOException {
    Shard other = open(N2);
    group.holdCommits();
    int inFlight = BatchLimits.DEFAULT.entriesInFlight();
    for (int i = 0; i < inFlight; i++) {
      submit("append", "k", "x");
    }
    submit("append", "k", "y");
    group.depose();
    assertThat(ends).containsExactly("append: not leading");
    group.elect(N2, true);
    group.releaseCommits();
    assertThat(ends).hasSize(inFlight + 1).contains("append: 1", "append: " + inFlight);
    other.close();
  }

  @Test
  void aWriteThatTheNextLeaderDropsIsCertainlyNotApplied() throws IOException {
    Shard other = open(N2);
    group.holdCommits();
    submit("set", "k", "1");
    group.depose();
    assertThat(ends).isEmpty();
    group.elect(N2, false);
    group.releaseCommits();
    assertThat(ends).containsExactly("set: not leading");
    other.close();
  }

  @Test
  void theNextLeaderSaysWhatItsPredecessorAppliedAndDoesNotApplyItAgain() throws IOException {
    Shard other = open(N2);
    group.holdCommits();
    shard.submit(identified(7, null, "incr", "k"), 1);
    group.depose();
    group.elect(N2, true);
    group.releaseCommits();
    ends.clear();
    other.submit(identified(7, new Doubt(1, 1, 0, true), "incr", "k"), 2);
    other.submit(command(false, "get", "k"), 2);
    assertThat(ends).containsExactly("incr: 1", "get: 1");
    other.close();
  }

  @Test
  void whatThePredecessorDidNotApplyTheNextLeaderTakes() throws IOException {
    Shard other = open(N2);
    group.holdCommits();
    shard.submit(identified(7, null, "incr", "k"), 1);
    group.depose();
    group.elect(N2, false);
    group.releaseCommits();
    ends.clear();
    other.submit(identified(8, new Doubt(1, 1, 0, false), "incr", "k"), 2);
    other.submit(identified(7, new Doubt(1, 1, 0, true), "incr", "k"), 2);
    other.submit(identified(7, new Doubt(1, 1, 0, true), "incr", "k"), 2);
    assertThat(ends).containsExactly("incr: NOT_APPLIED", "incr: 1", "incr: 1");
    other.close();
  }

  @Test
  void whoCannotKnowSaysSo() throws IOException {
    submit("set", "k", "1");
    ends.clear();
    Doubt ofThisTerm = new Doubt(1, 1, 0, true);
    shard.submit(identified(7, ofThisTerm, "incr", "k"), 1);
    Doubt ofAnotherShard = new Doubt(2, 0, 0, true);
    shard.submit(identified(7, ofAnotherShard, "incr", "k"), 1);
    assertThat(ends).containsExactly("incr: OUTCOME_UNKNOWN", "incr: OUTCOME_UNKNOWN");
    assertThat(shard.queued()).isZero();
  }

  /** It never gets to the point where it could be told. */
  @Test
  void aCommandInDoubtThatIsNotTakenInTimeIsUnknown() {
    ShardCommand command = identified(7, new Doubt(1, 0, 0, true), "incr", "k");
    command.failed(Unavailable.NO_MAJORITY);
    assertThat(ends).containsExactly("incr: OUTCOME_UNKNOWN");
  }

  @Test
  void aWriteWhoseEndNobodySeesIsUnknown() throws IOException {
    group.holdCommits();
    submit("set", "k", "1");
    group.depose();
    shard.close();
    assertThat(ends).containsExactly("set: OUTCOME_UNKNOWN");
  }

  /** Sent back, the read might be made again after the write that came behind it. */
  @Test
  void aReadDoesNotWaitForAnEntryOfAFormerTerm() {
    group.holdCommits();
    submit("set", "k", "1");
    group.depose();
    group.elect(N1, false);
    submitOrdered("get", "k");
    submit("set", "k", "2");
    submitOrdered("get", "k");
    group.releaseCommits();
    assertThat(ends).contains("get: OK", "get: 2", "set: OK").doesNotContain("get: not leading");
  }

  /** Sent again, they might show the writes behind them. */
  @Test
  void readsBetweenWritesWhoseEndNobodySeesAreNotSentBack() throws IOException {
    group.holdCommits();
    submit("set", "k", "1");
    submitOrdered("get", "k");
    for (int i = 1; i < BatchLimits.DEFAULT.entriesInFlight(); i++) {
      submit("append", "k", "x");
    }
    submitOrdered("get", "k");
    group.depose();
    ends.clear(); // the last one was not proposed yet
    shard.close();
    assertThat(ends).contains("set: OUTCOME_UNKNOWN", "get: unanswered");
    assertThat(ends).doesNotContain("get: not leading");
  }

  /** What would overtake an entry of the former term is refused; it must not be left at that. */
  @Test
  void aRefusedBeginningOfATermHoldsUpNothing() {
    group.holdCommits();
    int inFlight = BatchLimits.DEFAULT.entriesInFlight();
    for (int i = 0; i < inFlight; i++) {
      submit("append", "k", "x");
    }
    group.depose();
    log.setOverloaded(true);
    group.elect(N1, false);
    log.setOverloaded(false);
    group.releaseCommits();
    submit("set", "k", "2");
    await().until(() -> ends.contains("set: OK"));
    assertThat(ends).hasSize(inFlight + 1).contains("append: not leading");
  }

  @Test
  void aCommandForAnotherTermIsNotTaken() {
    long old = log.leadership().term();
    group.elect(N1);
    shard.submit(command(false, "set", "k", "1"), old);
    assertThat(ends).containsExactly("set: not leading");
  }

  @Test
  void aReadWithoutLeaseAsksTheMajority() throws IOException {
    submit("set", "k", "1");
    log.setLeaseLost(true);
    submit("get", "k");
    assertThat(ends).containsExactly("set: OK", "get: 1");
    Shard other = open(N2);
    group.cutOff(N1);
    ends.clear();
    submit("get", "k");
    assertThat(ends).doesNotContain("get: 1");
    group.elect(N2);
    group.reconnect(N1);
    assertThat(ends).containsExactly("get: not leading");
    other.close();
  }

  @Test
  void whatIsNotProposedInTimeIsCertainlyNotApplied() throws InterruptedException {
    group.holdCommits();
    int inFlight = BatchLimits.DEFAULT.entriesInFlight();
    CountDownLatch answered = new CountDownLatch(inFlight + 1);
    for (int i = 0; i <= inFlight; i++) {
      shard.submit(
          new ShardCommand(
              parse("set", "k" + i, "1"),
              ReadMode.LINEARIZABLE,
              false,
              System.nanoTime() + 1,
              new Recorder("set", answered)),
          log.leadership().term());
    }
    assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(Collections.frequency(ends, "set: OUTCOME_UNKNOWN")).isEqualTo(inFlight);
    assertThat(Collections.frequency(ends, "set: NO_MAJORITY")).isEqualTo(1);
  }

  private Shard open(NodeId node) throws IOException {
    return new Shard(
        1,
        new NeverRestored(MemoryStorage::new),
        machine -> group.join(node, machine, Runnable::run),
        SMALL_ENTRIES_LEAVE,
        new Shard.Surroundings(InstantSource.system(), Runnable::run, timer),
        () -> {});
  }

  private void submit(String... words) {
    shard.submit(command(false, words), log.leadership().term());
  }

  private void submitOrdered(String... words) {
    shard.submit(command(true, words), log.leadership().term());
  }

  private ShardCommand identified(long identity, Doubt doubt, String... words) {
    return new ShardCommand(
        parse(words).identified(identity),
        ReadMode.LINEARIZABLE,
        false,
        System.nanoTime() + TimeUnit.SECONDS.toNanos(60),
        doubt,
        new Recorder(words[0], new CountDownLatch(1)));
  }

  private ShardCommand command(boolean ordered, String... words) {
    return new ShardCommand(
        parse(words),
        ReadMode.LINEARIZABLE,
        ordered,
        System.nanoTime() + TimeUnit.SECONDS.toNanos(60),
        new Recorder(words[0], new CountDownLatch(1)));
  }

  static Command parse(String... words) {
    byte[][] arguments = new byte[words.length - 1][];
    for (int i = 1; i < words.length; i++) {
      arguments[i - 1] = words[i].getBytes(StandardCharsets.UTF_8);
    }
    return new Command(Operation.byName(words[0]), arguments);
  }

  private final class Recorder implements ShardCommand.Completion {
    private final String name;
    private final CountDownLatch answered;

    Recorder(String name, CountDownLatch answered) {
      this.name = name;
      this.answered = answered;
    }

    @Override
    public void done(Outcome outcome) {
      end(
          outcome instanceof Outcome.Bytes bytes
              ? new String(bytes.value(), StandardCharsets.UTF_8)
              : outcome instanceof Outcome.Int number ? "" + number.value() : "OK");
    }

    @Override
    public void failed(Unavailable reason) {
      end(reason.toString());
    }

    @Override
    public void notLeading() {
      end("not leading");
    }

    @Override
    public void unanswered() {
      end("unanswered");
    }

    @Override
    public void elsewhere() {
      throw new AssertionError("expected every key to be of this shard");
    }

    private void end(String how) {
      ends.add(name + ": " + how);
      answered.countDown();
    }
  }
}
