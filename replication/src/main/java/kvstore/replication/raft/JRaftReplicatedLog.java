package kvstore.replication.raft;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.entity.PeerId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import kvstore.replication.DamagedStateException;
import kvstore.replication.Leadership;
import kvstore.replication.Leadership.Role;
import kvstore.replication.Membership;
import kvstore.replication.NodeId;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.StateMachine;
import kvstore.replication.log.GroupLog;
import kvstore.replication.log.GroupVote;
import kvstore.replication.log.LogCorruptedException;
import kvstore.replication.transport.RaftEndpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One group's log on this node, over the Raft library. What the group's users hold; the replica
 * inside may end and begin again ({@link ReplicaKeeper}), during which the role is {@code OUT}.
 */
final class JRaftReplicatedLog implements ReplicatedLog {

  private static final Logger LOGGER = LoggerFactory.getLogger(JRaftReplicatedLog.class);

  private final String group;
  private final RaftContext context;
  private final StateMachine stateMachine;
  private final Configuration initial;
  private final Runnable onClose;
  private final PendingProposals proposals;
  private final SnapshotFiles files = new SnapshotFiles();
  private final RaftMembership membership;
  private final Transfers transfers;

  /** Guards beginning and ending lives. */
  private final Object life = new Object();

  private volatile Leadership leadership = new Leadership(Role.OUT, 0, null);
  private volatile @Nullable RaftReplica replica;
  private volatile @Nullable StateMachineDriver driver;
  private volatile long snapshotIndex;
  private final SnapshotTaker snapshots;
  private volatile @Nullable Throwable lastFailure;

  /** Set while what the state machine has stored must be replaced before anything else. */
  private final AtomicReference<@Nullable DamagedStateException> stateDamage =
      new AtomicReference<>();

  /** Whether it is the snapshot alone that must be replaced. */
  private volatile boolean stateIsWhole;

  private volatile boolean closed;

  JRaftReplicatedLog(
      String group,
      RaftContext context,
      StateMachine stateMachine,
      Configuration initial,
      Runnable onClose) {
    this.group = group;
    this.context = context;
    this.stateMachine = stateMachine;
    this.initial = initial;
    this.onClose = onClose;
    RaftBudget budget = context.options().budget();
    this.proposals = new PendingProposals(budget.pendingEntries(), budget.pendingBytes());
    this.membership = new RaftMembership(() -> replica, this::handOver, context);
    SnapshotSchedule schedule =
        new SnapshotSchedule(
            budget.snapshotLogBytes(),
            context.options().timings().snapshotInterval().toNanos(),
            new SplittableRandom(Objects.hash(context.self(), group)),
            System.nanoTime());
    this.snapshots =
        new SnapshotTaker(group, stateMachine, context.snapshots(), schedule, () -> replica);
    this.transfers = new Transfers(context.options().timings().electionTimeout().multipliedBy(4));
  }

  @Override
  public String group() {
    return group;
  }

  @Override
  public Leadership leadership() {
    return leadership;
  }

  @Override
  public void propose(ByteBuffer entry, long term, Proposal proposal) {
    RaftReplica current = replica;
    if (current == null || !leadsIn(term)) {
      proposal.failed(Proposal.Failure.NOT_LEADER);
      return;
    }
    PendingProposals.Pending pending = proposals.admit(proposal, entry.remaining());
    if (pending == null) {
      proposal.failed(Proposal.Failure.OVERLOADED);
      return;
    }
    current.propose(entry, term, pending);
    if (replica != current) {
      // Queued, perhaps, behind the end of that replica, where nobody looks any more.
      pending.fail(Proposal.Failure.UNKNOWN);
    }
  }

  @Override
  public boolean leaseHolds(long term) {
    RaftReplica current = replica;
    return current != null && leadsIn(term) && current.leaseHolds(term);
  }

  @Override
  public void readBarrier(long term, Barrier barrier) {
    RaftReplica current = replica;
    if (current == null || !leadsIn(term)) {
      barrier.failed();
    } else {
      current.readBarrier(term, barrier);
    }
  }

  @Override
  public void campaign() {
    context.worker().execute(new Campaign(this, context));
  }

  @Override
  public Membership membership() {
    return membership;
  }

  @Override
  public void requestSnapshot() {
    snapshots.want();
    snapshots.begin(this::worthOfSnapshot);
  }

  @Override
  public void stateDamaged(DamagedStateException damage) {
    if (!stateDamage.compareAndSet(null, damage)) {
      return;
    }
    LOGGER.error(
        "{}: the stored state is damaged, this replica stops: {}", group, damage.toString());
    RaftReplica current = replica;
    if (current != null) {
      context.worker().execute(() -> current.fail(damage)); // the library takes its lock for it
    }
  }

  @Override
  public Progress progress() {
    RaftReplica current = replica;
    if (current == null) {
      long applied = stateMachine.appliedIndex();
      return new Progress(0, 0, 0, applied, snapshotIndex);
    }
    long first = current.log().getFirstLogIndex();
    return new Progress(
        first,
        Math.max(first - 1, current.log().getLastLogIndex()),
        current.internals().committedIndex(),
        current.internals().appliedIndex(),
        snapshotIndex);
  }

  @Override
  public void close() {
    synchronized (life) {
      if (closed) {
        return;
      }
      closed = true;
      end();
    }
    context.fetches().cancel(group);
    onClose.run();
  }

  boolean isClosed() {
    return closed;
  }

  /** The replica as it is now; null between two lives. */
  @Nullable RaftReplica replica() {
    return replica;
  }

  /** Whether this replica has failed and needs a new life. */
  boolean isBroken() {
    RaftReplica current = replica;
    return current == null || current.isBroken() || leadership.role() == Role.OUT;
  }

  /** Whether it failed because entries cannot be read: it must not take part again. */
  boolean isDamaged() {
    return lastFailure instanceof LogCorruptedException;
  }

  /** Whether the state must be rebuilt before this replica begins another life. */
  boolean isStateDamaged() {
    return stateDamage.get() != null;
  }

  /**
   * Puts the newest snapshot, or one that was fetched from another node, or if there is none an
   * empty state, in place of the damaged one; the next life applies the log from there. Term, vote
   * and log are not touched. To be called between two lives.
   *
   * @throws IOException if this node does not hold what it takes; the damaged state is left
   */
  void rebuildState() throws IOException {
    synchronized (life) {
      if (closed || replica != null) {
        return;
      }
      GroupLog held = context.log().group(group);
      held.load();
      GroupVote vote = context.log().vote(group);
      vote.load();
      Rebuilding.run(context.snapshots(group), held, vote, stateMachine, stateIsWhole);
      lastFailure = null;
      stateIsWhole = false;
      stateDamage.set(null);
    }
  }

  /**
   * Begins to copy a snapshot from another node, for {@link #rebuildState}. Term, vote and log stay
   * as they are; while it lasts, this replica takes part in nothing. To be called between two
   * lives.
   */
  void fetchSnapshot() throws IOException {
    synchronized (life) {
      if (closed || replica != null) {
        return;
      }
      GroupLog held = context.log().group(group);
      held.load();
      context.fetches().begin(group, Rebuilding.leastSnapshot(held));
    }
  }

  /** What to say to a node that wants to copy a snapshot; not for an event loop. */
  SnapshotMessages.Answer answer(SnapshotMessages.Request request) {
    RaftReplica current = replica;
    if (current == null || isStateDamaged()) {
      return new SnapshotMessages.None();
    }
    if (request instanceof SnapshotMessages.Ask ask) {
      SnapshotMessages.Offered offered = current.offerSnapshot(ask.least());
      if (offered != null) {
        return offered;
      }
      return takeSnapshotFor(current, ask.least())
          ? new SnapshotMessages.Later()
          : new SnapshotMessages.None();
    }
    if (request instanceof SnapshotMessages.Keep keep) {
      return current.offers().keep(keep.id())
          ? new SnapshotMessages.Offered(keep.id(), 0)
          : new SnapshotMessages.None();
    }
    if (request instanceof SnapshotMessages.End end) {
      current.offers().end(end.id());
    }
    return new SnapshotMessages.None();
  }

  /** Takes a snapshot even if nothing is new to the state machine: the log may have gone on. */
  private boolean takeSnapshotFor(RaftReplica current, long least) {
    StateMachineDriver applier = driver;
    long applied = current.internals().appliedIndex();
    if (applier == null || applied < least || applied <= applier.ownStateIndex()) {
      return false;
    }
    snapshots.begin(() -> SnapshotTaker.Worth.YES);
    return true;
  }

  /** Whether the newest configuration leaves this node out, so that it can do nothing but stop. */
  boolean isRemoved() {
    RaftReplica current = replica;
    if (current == null) {
      return false;
    }
    ConfigurationEntry entry = current.internals().configuration();
    if (entry == null || !entry.isStable() || entry.getConf().isEmpty()) {
      return false;
    }
    PeerId self = RaftEndpoint.peerId(context.self());
    return !entry.getConf().contains(self)
        && !entry.getConf().getLearners().contains(self)
        && entry.getId().getIndex() <= current.internals().appliedIndex();
  }

  /** Begins a life of the replica, unless its state must be rebuilt first. */
  void begin() throws IOException {
    synchronized (life) {
      if (closed || replica != null) {
        return;
      }
      DamagedStateException damage = stateMachine.damage();
      if (damage != null) {
        stateDamaged(damage);
      }
      if (isStateDamaged() || lacksSnapshot()) {
        return;
      }
      try {
        start();
      } catch (SnapshotDamagedException e) {
        if (lacksSnapshot()) {
          return;
        }
        LOGGER.warn("{}: starts without its snapshot, which is damaged", group);
        start();
      }
    }
  }

  private boolean lacksSnapshot() throws IOException {
    GroupLog held = context.log().group(group);
    held.load();
    if (!Rebuilding.isLacking(context.snapshots(group), held, stateMachine)) {
      return false;
    }
    stateIsWhole = true;
    stateDamaged(
        new DamagedStateException(
            "expected a snapshot up to entry "
                + (held.getFirstLogIndex() - 1)
                + " or later, where the log begins, but there is none",
            null));
    return true;
  }

  private void start() throws IOException {
    Life events = new Life();
    StateMachineDriver next =
        new StateMachineDriver(
            group, stateMachine, events, context.options().budget(), files, context.worker());
    driver = next;
    publish(new Leadership(Role.FOLLOWER, leadership.term(), null));
    try {
      RaftReplica started = RaftReplica.start(group, context, next, initial, this::leadsIn);
      events.replica = started;
      snapshots.restarted();
      replica = started;
    } catch (IOException | RuntimeException e) {
      publish(new Leadership(Role.OUT, leadership.term(), null));
      // The library says no more than that something failed.
      if (events.cause instanceof IOException known) {
        throw known;
      }
      throw e;
    }
  }

  /** Ends the life of the replica: it votes, acknowledges and applies nothing any more. */
  void end() {
    synchronized (life) {
      RaftReplica current = replica;
      replica = null;
      if (current != null) {
        current.stop();
      }
      // The apply thread has ended: this thread may speak to the state machine in its place.
      proposals.abandon();
      transfers.abandon();
      publish(new Leadership(Role.OUT, leadership.term(), null));
    }
  }

  /** Lets the replica be elected if it lacks nothing of what it held in a former life. */
  void standIfWhole() {
    RaftReplica current = replica;
    if (current != null) {
      current.standIfWhole();
    }
  }

  /** Takes a snapshot if the log has grown enough or the last one is old. */
  void snapshotIfDue() {
    RaftReplica current = replica;
    if (current != null) {
      current.offers().expire();
    }
    StateMachineDriver applier = driver;
    if (current == null || applier == null || applier.applied() <= snapshotIndex) {
      return;
    }
    boolean missing = snapshotIndex == 0 && current.log().getFirstLogIndex() > 1;
    if (missing
        || isSentInVain(current, applier)
        || snapshots.isWanted()
        || snapshots.isDue(current.log().appendedBytes())) {
      snapshots.begin(this::worthOfSnapshot);
    }
  }

  /**
   * Whether the newest snapshot ends right before the log begins, and the library has forgotten the
   * term of its last entry: it would send that snapshot again and again, never an entry after it.
   */
  private boolean isSentInVain(RaftReplica current, StateMachineDriver applier) {
    long included = applier.hiddenSnapshot();
    return leadership.isLeader() && included > 0 && included < current.log().getFirstLogIndex();
  }

  private SnapshotTaker.Worth worthOfSnapshot() {
    RaftReplica current = replica;
    StateMachineDriver applier = driver;
    if (current == null || applier == null) {
      return SnapshotTaker.Worth.NOT_YET;
    }
    // In this order: an entry that was committed before the wish is either still being applied, or
    // the state machine's index shows it.
    boolean applying = current.internals().committedIndex() > current.internals().appliedIndex();
    if (!applying && applier.applied() <= snapshotIndex) {
      return SnapshotTaker.Worth.NOTHING_NEW;
    }
    return current.internals().appliedIndex() > applier.ownStateIndex()
        ? SnapshotTaker.Worth.YES
        : SnapshotTaker.Worth.NOT_YET;
  }

  private CompletionStage<Void> handOver(NodeId target) {
    Leadership now = leadership;
    RaftReplica current = replica;
    if (!now.isLeader() || current == null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("expected to lead " + group + ", but this replica does not"));
    }
    if (target.equals(context.self())) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> result = transfers.begin(target, now.term());
    context
        .worker()
        .execute(() -> {
          Status status = current.handOver(RaftEndpoint.peerId(target), now.term());
          if (!status.isOk()) {
            result.completeExceptionally(
                new IllegalStateException(
                    "leadership was not handed to " + target + ": " + status.getErrorMsg()));
          }
        });
    return result;
  }

  private boolean leadsIn(long term) {
    Leadership now = leadership;
    return now.isLeader() && now.term() == term;
  }

  /** Called by the apply thread, or when there is none. */
  private void publish(Leadership next) {
    Leadership before = leadership;
    if (next.equals(before)) {
      return;
    }
    leadership = next;
    if (before.isLeader() && !next.isLeader()) {
      stateMachine.leadershipLost();
    }
    if (next.isLeader()) {
      stateMachine.leadershipGained(next.term());
    }
    stateMachine.leadershipChanged(next);
    transfers.seen(next);
  }

  /** What one life tells; called by its apply thread. */
  private final class Life implements StateMachineDriver.Events {
    volatile @Nullable RaftReplica replica;
    private volatile @Nullable Throwable cause;
    private boolean failed;

    @Override
    public void led(long term) {
      if (!failed) {
        publish(new Leadership(Role.LEADER, term, context.self()));
      }
    }

    @Override
    public void stoppedLeading(Status reason) {
      if (!failed && leadership.isLeader()) {
        LOGGER.info("{}: leads no longer: {}", group, reason.getErrorMsg());
        publish(new Leadership(Role.FOLLOWER, leadership.term(), null));
      }
    }

    @Override
    public void follows(LeaderChangeContext leader) {
      if (!failed) {
        publish(
            new Leadership(role(), leader.getTerm(), RaftEndpoint.nodeId(leader.getLeaderId())));
      }
    }

    @Override
    public void lostLeader(LeaderChangeContext leader) {
      if (!failed) {
        publish(new Leadership(role(), leader.getTerm(), null));
      }
    }

    @Override
    public void snapshotTaken(long index) {
      snapshotIndex = index;
    }

    @Override
    public void failed(Throwable reason) {
      if (failed) {
        return;
      }
      failed = true;
      cause = reason;
      RaftReplica mine = replica;
      IOException log = mine == null ? null : mine.logFailure();
      publish(new Leadership(Role.OUT, leadership.term(), null));
      Throwable shown = log != null ? log : reason;
      lastFailure = shown;
      if (reason instanceof DamagedStateException damage) {
        stateDamaged(damage);
      }
      stateMachine.failed(shown);
    }

    private Role role() {
      return membership.learners().contains(context.self()) ? Role.LEARNER : Role.FOLLOWER;
    }
  }
}
