package kvstore.server.shard;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.KeyspaceDigest;
import kvstore.engine.keyspace.KeyspaceSnapshot;
import kvstore.engine.storage.StorageException;
import kvstore.replication.Leadership;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.StateMachine;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard's replica on this node. While it leads it takes commands: writes through the {@link
 * Batcher} and the log, reads through the {@link ReadPath}. Any thread may call any method.
 */
public final class Shard implements AutoCloseable {

  /** Expired keys removed by one sweep, at most. */
  private static final int SWEEP_LIMIT = 1_000;

  private static final Duration TICK = Duration.ofMillis(100);
  private static final Duration SWEEP_DEADLINE = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);

  /** Opens the shard's log for its state machine. */
  public interface LogOpener {
    ReplicatedLog open(StateMachine stateMachine) throws IOException;
  }

  /**
   * What a shard shares with others of its node.
   *
   * @param clock wall clock, for leader time
   * @param io pool for reads that may block; bounded, refuses when full
   * @param place says which reads need the pool
   * @param timer for deadlines and sweeps
   * @param births takes the shards that split off
   * @param nanoTime the clock of commands' deadlines, that of {@link System#nanoTime}
   * @param admission bounds what waits
   */
  public record Surroundings(
      InstantSource clock,
      Executor io,
      ReadPlace place,
      ScheduledExecutorService timer,
      Births births,
      LongSupplier nanoTime,
      Admission admission) {

    /** All that memory cannot answer is read by the pool. */
    public Surroundings(
        InstantSource clock,
        Executor io,
        ScheduledExecutorService timer,
        Births births,
        LongSupplier nanoTime,
        Admission admission) {
      this(clock, io, ReadPlace.pool(), timer, births, nanoTime, admission);
    }

    /** Alone on its node, as far as admission goes. */
    public Surroundings(
        InstantSource clock,
        Executor io,
        ScheduledExecutorService timer,
        Births births,
        LongSupplier nanoTime) {
      this(clock, io, timer, births, nanoTime, Admission.usual());
    }

    public Surroundings(
        InstantSource clock, Executor io, ScheduledExecutorService timer, Births births) {
      this(clock, io, timer, births, System::nanoTime);
    }

    /** Of a node that splits no shards. */
    public Surroundings(InstantSource clock, Executor io, ScheduledExecutorService timer) {
      this(clock, io, timer, Births.NONE);
    }
  }

  private final int number;
  private final ShardStore store;
  private final LeaderClock clock;
  private final ReplicatedLog log;
  private final ReadPath reads;
  private final Batcher batcher;
  private final EarlyCommands early;
  private final Executor io;
  private final LongSupplier nanoTime;
  private final ScheduledFuture<?> ticking;
  private final LongAdder taken = new LongAdder();
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private final AtomicBoolean digesting = new AtomicBoolean();
  private final Runnable leadershipListener;
  private final Births births;
  private final Recollection recollection = new Recollection();
  private volatile SlotRange range = SlotRange.ALL;
  private volatile @Nullable Throwable failure;

  /**
   * @param leadershipListener called on the apply thread whenever another leader is known
   */
  public Shard(
      int number,
      ShardStorage storage,
      LogOpener logOpener,
      BatchLimits limits,
      Surroundings surroundings,
      Runnable leadershipListener)
      throws IOException {
    this.number = number;
    this.io = surroundings.io();
    this.nanoTime = surroundings.nanoTime();
    this.leadershipListener = leadershipListener;
    this.clock = new LeaderClock(surroundings.clock());
    this.births = surroundings.births();
    this.store = new ShardStore(storage);
    ShardStateMachine machine = new ShardStateMachine(number, store, clock, births, recollection);
    machine.tellBirths();
    this.log = logOpener.open(machine);
    this.reads = new ReadPath(log, store, clock::now, surroundings);
    this.batcher = new Batcher(log, clock::stamp, reads, limits, surroundings);
    this.early = new EarlyCommands(log::leadership, this::take);
    machine.connect(batcher, new Events());
    this.ticking =
        surroundings
            .timer()
            .scheduleWithFixedDelay(
                this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  public int number() {
    return number;
  }

  public Leadership leadership() {
    return log.leadership();
  }

  public ReplicatedLog log() {
    return log;
  }

  /** What to tell a command for which no leader was found in time. */
  public Unavailable whyNoLeader() {
    Throwable failed = failure;
    if (failed == null) {
      return Unavailable.NO_MAJORITY;
    }
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      if (message != null && message.contains("No space left on device")) {
        return Unavailable.NO_SPACE;
      }
    }
    return Unavailable.IO_ERROR;
  }

  /** The keyspace as it is now; null while it is being replaced by a snapshot. */
  public @Nullable Keyspace keyspace() {
    return store.current();
  }

  /** First slot held, by what was applied here. */
  public int firstSlot() {
    return range().first();
  }

  /** Last slot held, by what was applied here. */
  public int lastSlot() {
    return range().last();
  }

  private SlotRange range() {
    Keyspace keyspace = store.current();
    if (keyspace != null) {
      range = keyspace.range();
    }
    return range;
  }

  /**
   * Splits the shard: the slots from {@code atSlot} on go to a new one, with the same replicas.
   * While this replica flushes beforehand, commands are taken as ever.
   *
   * @param child number of the new shard, never used before
   * @return ends when the split is applied here; exceptionally, with {@link IllegalStateException},
   *     if it was refused or leadership changed, and then may be asked for again
   */
  public CompletionStage<Void> split(int child, int atSlot) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    try {
      io.execute(() -> split(child, atSlot, end));
    } catch (RejectedExecutionException e) {
      end.completeExceptionally(new IllegalStateException("too much waits for the disk", e));
    }
    return end;
  }

  private void split(int child, int atSlot, CompletableFuture<Void> end) {
    try {
      Leadership leadership = log.leadership();
      Keyspace keyspace = store.readable();
      if (!leadership.isLeader() || keyspace == null) {
        throw new IllegalStateException(
            "expected to lead shard " + number + ", but this replica does not");
      }
      if (births == Births.NONE) {
        throw new IllegalStateException("expected a node with room for more shards");
      }
      if (keyspace.range().last() == atSlot - 1 && keyspace.births().containsKey(child)) {
        end.complete(null); // it is asked for until its end has become known
        return;
      }
      if (batcher.isSplitting()) {
        throw new IllegalStateException(
            "expected no split of shard " + number + " under way, but there is one");
      }
      SplitOrder order =
          new SplitOrder(child, atSlot, log.membership().voters(), log.membership().learners());
      String refusal = ShardStateMachine.refusal(order, keyspace);
      if (refusal != null) {
        throw new IllegalStateException(refusal);
      }
      // What the split has to flush, with writes waiting for it, is then little.
      keyspace.flush();
      batcher.split(order, leadership.term(), end);
    } catch (IOException | RuntimeException e) {
      checkDamage(e);
      end.completeExceptionally(e);
    }
  }

  /** Commands waiting to be proposed. */
  public int queued() {
    return batcher.queued();
  }

  /** Argument bytes of those. */
  public long queuedBytes() {
    return batcher.queuedBytes();
  }

  /** Commands taken as leader since the start. */
  public long commandsTaken() {
    return taken.sum();
  }

  /**
   * Takes a command if this replica leads in {@code term}, or as soon as it does if it has just
   * been elected.
   *
   * @param term the term in which the sender saw this replica lead
   */
  public void submit(ShardCommand command, long term) {
    early.submit(command, term);
  }

  private void take(ShardCommand command, long term) {
    Leadership leadership = log.leadership();
    if (!leadership.isLeader() || leadership.term() != term) {
      command.notLeading();
      return;
    }
    Doubt doubt = command.doubt();
    if (doubt != null && !settle(command, doubt, term)) {
      return;
    }
    taken.increment();
    if (command.writes() || ((command.ordered() || batcher.isSplitting()) && !batcher.idle())) {
      batcher.add(command, term);
    } else {
      batcher.read(command, term);
    }
  }

  /**
   * Finds out, as the leader of {@code term}, what became of a command that was sent before.
   *
   * @return true if it was not applied and may be taken; else it has been answered
   */
  private boolean settle(ShardCommand command, Doubt doubt, long term) {
    if (doubt.shard() != number || doubt.term() >= term) {
      // in the same term it may still be on its way, or wait here
      command.failed(Unavailable.OUTCOME_UNKNOWN);
      return false;
    }
    Recollection.Found found = recollection.find(command.command().identity(), doubt.since());
    switch (found.fate()) {
      case APPLIED -> command.done(Objects.requireNonNull(found.outcome()));
      case APPLIED_SOMEHOW, FORGOTTEN -> command.failed(Unavailable.OUTCOME_UNKNOWN);
      case NOT_APPLIED -> {
        command.settled();
        if (doubt.repeatable()) {
          return true;
        }
        command.failed(Unavailable.NOT_APPLIED);
      }
    }
    return false;
  }

  /** Log index of the last entry applied here; 0 if none, or while the state is being replaced. */
  public long appliedIndex() {
    Keyspace keyspace = store.current();
    return keyspace == null ? 0 : keyspace.appliedIndex();
  }

  /** Reads what this replica has applied, however old. */
  public void readStale(ShardCommand command) {
    reads.readStale(command);
  }

  /**
   * Reads everything that this replica holds, on the I/O pool.
   *
   * @return fails if another such reading is under way, or the keyspace is being replaced
   */
  public CompletableFuture<KeyspaceDigest> digest() {
    CompletableFuture<KeyspaceDigest> result = new CompletableFuture<>();
    Keyspace keyspace = store.readable();
    if (keyspace == null || !digesting.compareAndSet(false, true)) {
      result.completeExceptionally(
          new RejectedExecutionException("shard " + number + " is busy; try again"));
      return result;
    }
    try {
      io.execute(() -> digest(keyspace, result));
    } catch (RejectedExecutionException e) {
      digesting.set(false);
      result.completeExceptionally(e);
    }
    return result;
  }

  private void checkDamage(Exception failure) {
    if (failure instanceof StorageException e && e.kind() == StorageException.Kind.CORRUPTION) {
      reads.damaged(e);
    }
  }

  private void digest(Keyspace keyspace, CompletableFuture<KeyspaceDigest> result) {
    try (KeyspaceSnapshot snapshot = keyspace.snapshot()) {
      result.complete(snapshot.digest());
    } catch (StorageException | RuntimeException e) {
      checkDamage(e);
      result.completeExceptionally(e);
    } finally {
      digesting.set(false);
    }
  }

  /** Leaves the group in order; what waits is answered. */
  @Override
  public void close() throws IOException {
    ticking.cancel(false);
    batcher.abandon();
    log.close();
    batcher.giveUp();
    early.giveUp();
    store.close();
  }

  private void tick() {
    try {
      batcher.expire(nanoTime.getAsLong());
      early.expire(nanoTime.getAsLong());
      Leadership leadership = log.leadership();
      batcher.alone(leadership.isLeader() && log.membership().voters().size() == 1);
      if (leadership.isLeader() && sweeping.compareAndSet(false, true)) {
        io.execute(() -> sweep(leadership.term()));
      }
    } catch (RuntimeException e) {
      sweeping.set(false);
      LOG.warn("A tick of shard {} failed", number, e); // the next one comes all the same
    }
  }

  private void sweep(long term) {
    Command sweep = null;
    try {
      Keyspace keyspace = store.readable();
      sweep = keyspace == null ? null : keyspace.recount();
      if (sweep == null && keyspace != null) {
        sweep = keyspace.expirySweep(clock.now(), SWEEP_LIMIT);
      }
    } catch (StorageException e) {
      checkDamage(e);
      LOG.warn("Expired keys of shard {} could not be looked for", number, e);
    } finally {
      if (sweep == null) {
        sweeping.set(false);
      }
    }
    if (sweep != null) {
      long deadline = nanoTime.getAsLong() + SWEEP_DEADLINE.toNanos();
      batcher.addOwn(
          new ShardCommand(sweep, ReadMode.LINEARIZABLE, false, deadline, new SweepEnd()), term);
    }
  }

  /** Whatever the end of a sweep, the next may begin. */
  private final class SweepEnd implements ShardCommand.Completion {
    @Override
    public void done(Outcome outcome) {
      sweeping.set(false);
    }

    @Override
    public void failed(Unavailable reason) {
      sweeping.set(false);
    }

    @Override
    public void notLeading() {
      sweeping.set(false);
    }

    @Override
    public void unanswered() {
      sweeping.set(false);
    }

    @Override
    public void elsewhere() {
      sweeping.set(false);
    }
  }

  private final class Events implements ShardStateMachine.Listener {
    @Override
    public void leadershipChanged() {
      if (log.leadership().role() != Leadership.Role.OUT) {
        failure = null;
      }
      early.leadershipChanged();
      leadershipListener.run();
    }

    @Override
    public void leadershipGained(long term) {
      early.leadershipGained(term);
    }

    @Override
    public void leadershipLost() {
      batcher.abandon();
    }

    @Override
    public void failed(Throwable cause) {
      failure = cause;
      batcher.abandon();
    }
  }
}
