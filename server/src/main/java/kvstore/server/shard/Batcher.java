package kvstore.server.shard;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import kvstore.engine.command.BatchWriter;
import kvstore.engine.command.Outcome;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import kvstore.server.burst.Burst;
import kvstore.server.router.Unavailable;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the commands that arrive while earlier ones are in flight into one log entry, so that one
 * round of agreement and one fsync serve many of them. A command that finds nothing in flight
 * leaves at the end of the {@link Burst} it came in, unless others are expected back in a moment
 * ({@link GatherWindow}), and the next entry leaves when the one before it is applied, or beside it
 * if it is large. The size of an entry thus follows the load by itself.
 *
 * <p>What must hold:
 *
 * <ul>
 *   <li>Entries are proposed in the order in which their commands came: one thread at a time
 *       drains.
 *   <li>An ordered read runs after every command that came before it and before every one that came
 *       after it: it waits in the same queue. A run of reads at the head of the queue needs no
 *       entry of its own and hangs behind the last entry in flight, unless that is being applied
 *       already.
 *   <li>All commands of an entry were accepted in one term, the one the entry is proposed in.
 *   <li>What waits is bounded in bytes, for all shards of the node together, and in the time it has
 *       to wait ({@link Admission}); what comes on top is refused at once, certainly not applied. A
 *       shard's own work is always taken.
 * </ul>
 *
 * <p>Any thread may call any method.
 */
final class Batcher implements ReadPath.Doubt {

  /** Of so many terms the newest entries that were applied or given up are remembered. */
  private static final int TERMS_KEPT = 8;

  private static final long MARK_AGAIN_MILLIS = 10;

  private final ReplicatedLog log;
  private final LongSupplier leaderTime;
  private final ReadPath reads;
  private final BatchLimits limits;
  private final Admission admission;
  private final LongSupplier nanoTime;
  private final ScheduledExecutorService timer;

  private final Object lock = new Object();
  // guarded by lock
  private final ArrayDeque<ShardCommand> queue = new ArrayDeque<>();
  private final ArrayDeque<Batch> inFlight = new ArrayDeque<>();
  private long queuedBytes;
  private int queuedWrites;
  private int inFlightCommands;
  private long inFlightBytes;
  private final Pace pace = new Pace();
  private final GatherWindow window = new GatherWindow();
  private long waitNanos;
  private boolean alone;
  private boolean alarmed;
  private long queueTerm;
  private boolean draining;
  private @Nullable Batch split;
  private final TreeMap<Long, Long> newestApplied = new TreeMap<>();
  private final TreeMap<Long, Long> newestGivenUp = new TreeMap<>();

  /** Number of the newest batch; written under the lock. */
  private volatile long newest;

  /** Whether a split waits or is in flight; written under the lock. */
  private volatile boolean splitting;

  /**
   * Set when the last command was found to have to wait too long, until something has got done: so
   * refusing many costs little. Written under the lock.
   */
  private volatile boolean overloaded;

  private final Runnable drain = this::drain;

  Batcher(
      ReplicatedLog log,
      LongSupplier leaderTime,
      ReadPath reads,
      BatchLimits limits,
      Shard.Surroundings surroundings) {
    this.log = log;
    this.leaderTime = leaderTime;
    this.reads = reads;
    this.limits = limits;
    this.admission = surroundings.admission();
    this.nanoTime = surroundings.nanoTime();
    this.timer = surroundings.timer();
  }

  /** Whether nothing waits and nothing is in flight: a read need not queue. */
  boolean idle() {
    synchronized (lock) {
      return queue.isEmpty() && inFlight.isEmpty();
    }
  }

  /** Takes a command accepted while leading in {@code term}. */
  void add(ShardCommand command, long term) {
    add(command, term, false);
  }

  /** The same for a command of the shard itself, of which there is never more than one. */
  void addOwn(ShardCommand command, long term) {
    add(command, term, true);
  }

  private void add(ShardCommand command, long term, boolean own) {
    if (overloaded && !own) {
      command.failed(Unavailable.OVERLOADED);
      return;
    }
    List<ShardCommand> ofOldTerm = List.of();
    boolean stale;
    Unavailable refusal;
    synchronized (lock) {
      stale = term < queueTerm;
      if (term > queueTerm) {
        ofOldTerm = takeQueue();
        queueTerm = term;
      }
      refusal = stale || own ? null : refusal();
      if (!stale && refusal == null) {
        queue.add(command);
        count(command, 1);
      }
    }
    ofOldTerm.forEach(ShardCommand::notLeading);
    if (stale) {
      command.notLeading();
    } else if (refusal != null) {
      command.failed(refusal);
    } else {
      Burst.afterwards(drain);
    }
  }

  /** Why nothing more is taken now; null if there is room. */
  private @Nullable Unavailable refusal() {
    if (!admission.hasRoom()) {
      return Unavailable.OUT_OF_MEMORY;
    }
    int commands = queue.size() + inFlightCommands;
    if (commands < limits.neverRefused()) {
      return null;
    }
    long wait = pace.waitNanos(commands, queuedBytes + inFlightBytes, nanoTime.getAsLong());
    overloaded = wait > admission.maxWaitNanos();
    return overloaded ? Unavailable.OVERLOADED : null;
  }

  boolean mayKeep(Outcome outcome) {
    return admission.mayKeep(outcome);
  }

  /** Reads at once, as the leader of {@code term}. */
  void read(ShardCommand read, long term) {
    reads.read(read, term, newest, this);
  }

  /**
   * What follows the read on its connection may be in an entry of the same term by now. If that
   * entry is committed, the read must not be made again, after it, and need not be: an entry that
   * was proposed in a term after a read was made, and is committed, proves that no leader of a
   * later term was there at the time of the read. If it is not, both are sent again, in their
   * order. If nobody here will learn which, the read must not be made again.
   */
  @Override
  public void unproven(ShardCommand read, Outcome outcome, long term, long mark) {
    boolean proven;
    Batch.Read made;
    synchronized (lock) {
      made = new Batch.Read(read, outcome, newestGivenUp.getOrDefault(term, -1L) > mark);
      proven = newestApplied.getOrDefault(term, -1L) > mark;
      if (!proven) {
        for (Batch batch : inFlight) {
          if (batch.term() == term && batch.number() > mark && batch.vouchFor(made)) {
            return;
          }
        }
      }
    }
    if (proven) {
      read.done(outcome);
    } else {
      made.refuted();
    }
  }

  /** The batch was applied here; the reads that it proves are returned. */
  List<Batch.Read> applied(Batch batch) {
    synchronized (lock) {
      pace.applied(
          batch.commands().size(),
          batch.entry().remaining(),
          batch.sentNanos(),
          nanoTime.getAsLong());
      note(batch, newestApplied);
      return batch.takeReads();
    }
  }

  /** Nobody here will learn whether the batch is applied; the reads that waited are returned. */
  List<Batch.Read> givenUp(Batch batch) {
    synchronized (lock) {
      note(batch, newestGivenUp);
      return batch.takeReads();
    }
  }

  private static void note(Batch batch, TreeMap<Long, Long> newest) {
    newest.merge(batch.term(), batch.number(), Math::max);
    if (newest.size() > TERMS_KEPT) {
      newest.pollFirstEntry();
    }
  }

  /** The batch proves nothing; the reads that waited for it are returned. */
  List<Batch.Read> refuted(Batch batch) {
    synchronized (lock) {
      return batch.takeReads();
    }
  }

  /**
   * Proposes a split, ahead of what waits. From now on until it is applied, reads have to wait in
   * the queue too: once other replicas have applied it, the child may take writes of keys that are
   * still to be seen here.
   *
   * @param end told when it is applied here, or will not be
   */
  void split(SplitOrder order, long term, CompletableFuture<Void> end) {
    List<ShardCommand> ofOldTerm = List.of();
    String refusal = null;
    synchronized (lock) {
      if (splitting) {
        refusal = "expected no split under way, but there is one; wait for its end";
      } else if (term < queueTerm) {
        refusal = "expected to lead the shard, but leadership has changed";
      } else {
        if (term > queueTerm) {
          ofOldTerm = takeQueue();
          queueTerm = term;
        }
        splitting = true;
        split = Batch.ofSplit(this, nextNumber(), term, order.encode(leaderTime.getAsLong()), end);
      }
    }
    ofOldTerm.forEach(ShardCommand::notLeading);
    if (refusal != null) {
      end.completeExceptionally(new IllegalStateException(refusal));
    } else {
      drain();
    }
  }

  boolean isSplitting() {
    return splitting;
  }

  /**
   * Takes the batch that {@code proposal} is, or that an entry proves to be; null if there is none.
   */
  @Nullable Batch claim(@Nullable Proposal proposal, long term, ByteBuffer payload) {
    synchronized (lock) {
      for (Batch batch : inFlight) {
        if (batch == proposal
            || (proposal == null && !batch.isClaimed() && batch.isEntry(term, payload))) {
          batch.claim();
          return batch;
        }
      }
      return null;
    }
  }

  /** An entry of {@code term} was applied: what was proposed in an earlier one never will be. */
  void overtake(long term) {
    for (Batch batch : unclaimed(term)) {
      batch.overtaken();
    }
  }

  /** From here on entries may have been applied unseen. */
  void giveUp() {
    for (Batch batch : unclaimed(Long.MAX_VALUE)) {
      batch.giveUp();
    }
  }

  private List<Batch> unclaimed(long beforeTerm) {
    synchronized (lock) {
      return inFlight.stream()
          .filter(batch -> !batch.isClaimed() && batch.term() < beforeTerm)
          .toList();
    }
  }

  /**
   * Makes the log hold an entry of this term, even if nobody writes, for {@link #overtake}: what is
   * in flight of an earlier term may keep all writes of this one waiting. So it must not be left at
   * a refusal.
   */
  void markTerm(long term) {
    log.propose(
        new BatchWriter().finish(leaderTime.getAsLong()),
        term,
        failure -> {
          if (failure == Proposal.Failure.OVERLOADED) {
            markTermLater(term);
          }
        });
  }

  private void markTermLater(long term) {
    try {
      var unused = timer.schedule(() -> markTerm(term), MARK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // the node is stopping
    }
  }

  /** No more reads hang themselves behind the batch; those that did are returned. */
  List<ShardCommand> seal(Batch batch) {
    synchronized (lock) {
      batch.seal();
      return batch.readsBehind();
    }
  }

  /** A batch was applied here, or will not be seen to commit; its commands have ended. */
  void finished(Batch batch) {
    synchronized (lock) {
      if (inFlight.remove(batch)) {
        inFlightCommands -= batch.commands().size();
        inFlightBytes -= batch.entry().remaining();
        overloaded = false;
        long now = nanoTime.getAsLong();
        window.opens(batch.commands().size(), queue.size(), now - batch.sentNanos(), now);
      }
      splitting &= !batch.isSplit();
    }
    Burst.afterwards(drain);
  }

  /** Leadership is gone: what has not been proposed goes back. */
  void abandon() {
    List<ShardCommand> waiting;
    Batch unproposed;
    synchronized (lock) {
      waiting = takeQueue();
      unproposed = split;
      split = null;
    }
    waiting.forEach(ShardCommand::notLeading);
    if (unproposed != null) {
      unproposed.overtaken();
    }
  }

  /** Ends what has waited past its deadline. */
  void expire(long nowNanos) {
    List<ShardCommand> unproposed = new ArrayList<>();
    List<ShardCommand> proposed = new ArrayList<>();
    synchronized (lock) {
      queue.forEach(command -> addIfExpired(command, nowNanos, unproposed));
      queue.removeIf(command -> command.expired(nowNanos));
      unproposed.forEach(command -> count(command, -1));
      overloaded = false;
      for (Batch batch : inFlight) {
        batch.commands().forEach(command -> addIfExpired(command, nowNanos, proposed));
        batch.readsBehind().forEach(command -> addIfExpired(command, nowNanos, unproposed));
        batch.reads().forEach(read -> addIfExpired(read.command(), nowNanos, unproposed));
      }
    }
    unproposed.forEach(command -> command.failed(Unavailable.NO_MAJORITY));
    for (ShardCommand command : proposed) {
      command.failed(command.writes() ? Unavailable.OUTCOME_UNKNOWN : Unavailable.NO_MAJORITY);
    }
  }

  /** Told now and then whether this replica is the group's only voter. */
  void alone(boolean isAlone) {
    synchronized (lock) {
      alone = isAlone;
    }
  }

  ReadPath reads() {
    return reads;
  }

  int queued() {
    synchronized (lock) {
      return queue.size();
    }
  }

  long queuedBytes() {
    synchronized (lock) {
      return queuedBytes;
    }
  }

  private static void addIfExpired(ShardCommand command, long nowNanos, List<ShardCommand> to) {
    if (command.expired(nowNanos) && !command.hasEnded()) {
      to.add(command);
    }
  }

  private List<ShardCommand> takeQueue() {
    List<ShardCommand> taken = List.copyOf(queue);
    queue.clear();
    overloaded = false;
    count(-queuedBytes);
    queuedWrites = 0;
    return taken;
  }

  private void drain() {
    synchronized (lock) {
      if (draining) {
        return; // whoever drains looks again before it leaves
      }
      draining = true;
    }
    while (true) {
      List<ShardCommand> readsNow = new ArrayList<>();
      Batch batch;
      long term;
      synchronized (lock) {
        takeReadsAtHead(readsNow);
        batch = mayLeave() ? nextBatch() : null;
        term = queueTerm;
        if (batch == null && readsNow.isEmpty()) {
          draining = false;
          break;
        }
      }
      for (ShardCommand read : readsNow) {
        read(read, term);
      }
      if (batch != null) {
        log.propose(batch.entry(), batch.term(), batch);
      }
    }
    drainLater();
  }

  /**
   * Whether another entry may leave. While one is in flight, the next waits until it is worth its
   * costs; without other voters it costs little.
   */
  private boolean mayLeave() {
    if (inFlight.size() >= limits.entriesInFlight()) {
      return false;
    }
    if (split != null || alone || limits.isWorth(queue.size(), queuedBytes)) {
      return true;
    }
    if (!inFlight.isEmpty()) {
      return false;
    }
    waitNanos = queuedWrites == 0 ? 0 : window.remaining(queue.size(), nanoTime.getAsLong());
    return waitNanos == 0;
  }

  /** Sees to it that what waits for the window to close leaves then. */
  private void drainLater() {
    long nanos;
    synchronized (lock) {
      nanos = waitNanos;
      waitNanos = 0;
      if (nanos == 0 || alarmed) {
        return;
      }
      alarmed = true;
    }
    try {
      var unused = timer.schedule(this::alarm, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      alarm(); // the node is stopping
    }
  }

  private void alarm() {
    synchronized (lock) {
      alarmed = false;
    }
    drain();
  }

  /**
   * Takes the reads at the head of the queue that need no entry: all of them if nothing is in
   * flight, else those that can hang behind the last entry. What is still in flight of an earlier
   * term has no effect any more, and would drag a read behind it back when it is found overtaken,
   * past the writes that came after the read.
   */
  private void takeReadsAtHead(List<ShardCommand> readsNow) {
    Batch last = inFlight.peekLast();
    if (last != null && last.term() < queueTerm) {
      last = null;
    }
    while (!queue.isEmpty() && !queue.peek().writes() && (last == null || !last.isSealed())) {
      ShardCommand read = queue.remove();
      count(read, -1);
      if (last == null) {
        readsNow.add(read);
      } else {
        last.readsBehind().add(read);
      }
    }
  }

  private @Nullable Batch nextBatch() {
    Batch waiting = split;
    if (waiting != null) {
      split = null;
      return sent(waiting);
    }
    if (queuedWrites == 0) {
      return null;
    }
    List<ShardCommand> commands =
        new ArrayList<>(Math.min(queue.size(), limits.commandsPerEntry()));
    long bytes = 0;
    while (!queue.isEmpty() && commands.size() < limits.commandsPerEntry()) {
      long size = size(queue.peek());
      if (!commands.isEmpty() && bytes + size > limits.bytesPerEntry()) {
        break;
      }
      bytes += size;
      ShardCommand next = queue.remove();
      queuedWrites -= next.writes() ? 1 : 0;
      commands.add(next);
    }
    count(-bytes);
    return sent(new Batch(this, nextNumber(), queueTerm, commands, encode(commands)));
  }

  private Batch sent(Batch batch) {
    long now = nanoTime.getAsLong();
    if (inFlight.isEmpty()) {
      pace.begin(now);
    }
    batch.sent(now);
    inFlight.add(batch);
    inFlightCommands += batch.commands().size();
    inFlightBytes += batch.entry().remaining();
    return batch;
  }

  /** Under the lock. */
  private long nextNumber() {
    long number = newest + 1;
    newest = number;
    return number;
  }

  private void count(ShardCommand command, int sign) {
    count(sign * size(command));
    queuedWrites += command.writes() ? sign : 0;
  }

  private void count(long bytes) {
    queuedBytes += bytes;
    admission.count(bytes);
  }

  private ByteBuffer encode(List<ShardCommand> commands) {
    BatchWriter writer = new BatchWriter();
    for (ShardCommand command : commands) {
      if (command.writes()) {
        writer.add(command.command());
      }
    }
    return writer.finish(leaderTime.getAsLong());
  }

  private static long size(ShardCommand command) {
    return BatchWriter.sizeOf(command.command());
  }
}
