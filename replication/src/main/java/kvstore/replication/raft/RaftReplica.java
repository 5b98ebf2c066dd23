package kvstore.replication.raft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.ElectionPriority;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.core.State;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.option.ReadOnlyOption;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.log.GroupLog;
import kvstore.replication.log.GroupVote;
import kvstore.replication.log.LogPlace;
import kvstore.replication.transport.RaftEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * One life of a group's replica: from reading its log to its end, after which the group may begin
 * another life in the same place. Holds the Raft library's node.
 */
final class RaftReplica implements SnapshotTaker.Life {

  private static final int BARRIER_LIMIT = 16_384;

  private final String group;
  private final NodeImpl node;
  private final NodeInternals internals;
  private final GroupLog log;
  private final GroupServices services;
  private final SnapshotOffers offers = new SnapshotOffers(System::nanoTime);
  private final LeaderLease lease;
  private final ReadBarriers barriers;
  private final AtomicReference<@Nullable IOException> logFailure = new AtomicReference<>();
  private volatile long handedOverTerm = -1;

  /** What the log has to reach before this replica may be elected; null if nothing. */
  private volatile @Nullable LogPlace former;

  private RaftReplica(
      String group,
      NodeImpl node,
      GroupLog log,
      GroupServices services,
      @Nullable LogPlace former,
      RaftContext context,
      LongPredicate leadsIn) {
    this.group = group;
    this.former = former;
    this.node = node;
    this.log = log;
    this.services = services;
    log.onFailure(e -> logFailure.compareAndSet(null, e));
    this.internals = new NodeInternals(node);
    RaftTimings timings = context.options().timings();
    this.lease =
        new LeaderLease(
            internals,
            node.getServerId(),
            timings.leaseNanos(),
            term -> term == handedOverTerm || context.endpoint().traffic(group).handedOverIn(term));
    this.barriers =
        new ReadBarriers(
            node, internals, leadsIn, timings.electionTimeout().toMillis() * 2, BARRIER_LIMIT);
  }

  /**
   * Begins a life.
   *
   * @param driver receives the library's calls, from before this method returns
   * @param initial voters and learners of a group that has no log yet; empty to be told by a leader
   * @throws kvstore.replication.log.LogCorruptedException if this replica must not take part
   */
  static RaftReplica start(
      String group,
      RaftContext context,
      StateMachineDriver driver,
      Configuration initial,
      LongPredicate leadsIn)
      throws IOException {
    LibraryThreads.register(group);
    GroupLog log = context.log().group(group);
    GroupVote vote = context.log().vote(group);
    // Before the library's node is made, which does not end well when its log cannot be read.
    log.load();
    vote.load();
    PeerId self = RaftEndpoint.peerId(context.self());
    NodeImpl node = new NodeImpl(group, self);
    LogPlace former = lacking(group, context);
    NodeOptions options =
        nodeOptions(group, context, former == null ? initial : new Configuration());
    if (former != null) {
      // as the only voter of an old snapshot it would ask nobody
      options.setElectionPriority(ElectionPriority.NotElected);
    }
    options.setFsm(driver);
    GroupServices services = new GroupServices(log, vote, driver.stateMachine());
    options.setServiceFactory(services);
    RaftReplica replica = new RaftReplica(group, node, log, services, former, context, leadsIn);
    boolean started = false;
    try {
      started = node.init(options);
    } finally {
      if (!started) {
        replica.stop();
      }
    }
    if (!started) {
      IOException known = replica.logFailure();
      throw known != null
          ? known
          : new IOException("could not start the replica of " + group + "; see the log above");
    }
    replica.standIfWhole();
    return replica;
  }

  /**
   * Where the log ended that this replica had before it left its group, if it has not got there
   * again; else null.
   *
   * @throws IOException if it must not begin a life: the library makes who is the only voter a
   *     leader at once
   */
  private static @Nullable LogPlace lacking(String group, RaftContext context) throws IOException {
    LogPlace former = context.log().formerEnd(group);
    if (former == null) {
      return null;
    }
    GroupSeed here = new GroupSeed(context, group);
    LogPlace end = here.end();
    if (end != null && !former.isAfter(end.term(), end.index())) {
      return null;
    }
    if (here.isOnlyVoter(RaftEndpoint.peerId(context.self()))) {
      throw new IOException(
          "expected the replica of "
              + group
              + " to reach entry "
              + former.index()
              + " again, which it held before it left, but it was stopped at an older one that knows"
              + " of no other voter; move it from this node and back");
    }
    return former;
  }

  private static NodeOptions nodeOptions(String group, RaftContext context, Configuration initial) {
    RaftTimings timings = context.options().timings();
    NodeOptions options = context.endpoint().newNodeOptions();
    options.setInitialConf(initial);
    options.setLogUri(group);
    options.setRaftMetaUri(group);
    options.setSnapshotUri(context.snapshots(group).toString());
    options.setSnapshotIntervalSecs(0);
    options.setSnapshotThrottle(context.throttle());
    options.setFilterBeforeCopyRemote(true);
    options.setElectionTimeoutMs((int) timings.electionTimeout().toMillis());
    options.setLeaderLeaseTimeRatio(90);
    options.setCatchupMargin(0); // what is nearly there is for CatchUp to say
    options.setDisableCli(true);
    options.setSharedElectionTimer(true);
    options.setSharedVoteTimer(true);
    options.setSharedStepDownTimer(true);
    options.setSharedSnapshotTimer(true);
    options.setSharedTimerPool(true);
    options.setTimerPoolSize(4);
    options.setAppendEntriesExecutors(context.libraryExecutors());
    options.setRpcInstallSnapshotTimeout(60 * 60 * 1000);
    options.setRaftOptions(raftOptions(context));
    return options;
  }

  private static RaftOptions raftOptions(RaftContext context) {
    RaftTimings timings = context.options().timings();
    RaftBudget budget = context.options().budget();
    RaftOptions options = new RaftOptions();
    options.setMaxElectionDelayMs((int) timings.electionSpread().toMillis());
    options.setElectionHeartbeatFactor(timings.heartbeatsPerTimeout());
    options.setDisruptorBufferSize(budget.ringSize());
    options.setMaxEntriesSize(budget.appendEntries());
    options.setMaxBodySize(budget.appendBytes());
    options.setMaxReplicatorInflightMsgs(budget.appendsInFlight());
    options.setMaxLogsInMemoryBytes(budget.memoryLogBytes());
    options.setMaxByteCountPerRpc(RaftEndpoint.FILE_CHUNK_BYTES);
    options.setMaxAppendBufferSize(budget.appendBytes());
    options.setApplyBatch(64);
    options.setReadOnlyOptions(ReadOnlyOption.ReadOnlySafe);
    options.setSync(true);
    options.setSyncMeta(true);
    return options;
  }

  void propose(ByteBuffer entry, long term, PendingProposals.Pending pending) {
    Task task = new Task();
    task.setData(entry.slice());
    task.setExpectedTerm(term);
    task.setDone(pending);
    try {
      node.apply(task);
    } catch (RuntimeException e) {
      // Thrown only before the entry is queued.
      pending.fail(Proposal.Failure.NOT_LEADER);
    }
  }

  boolean leaseHolds(long term) {
    return lease.holds(term);
  }

  void readBarrier(long term, ReplicatedLog.Barrier barrier) {
    barriers.ask(term, barrier);
  }

  /** Stops taking part because the state machine can not go on; returns before it has. */
  void fail(Throwable cause) {
    node.onError(
        new RaftException(
            ErrorType.ERROR_TYPE_STATE_MACHINE,
            new Status(RaftError.ESTATEMACHINE, "%s", cause.toString())));
  }

  /**
   * Offers the newest snapshot to another member.
   *
   * @param least the log index that it must include
   * @return null if there is none
   */
  SnapshotMessages.@Nullable Offered offerSnapshot(long least) {
    SnapshotStorage storage = services.snapshots();
    return storage == null ? null : offers.offer(storage, least);
  }

  SnapshotOffers offers() {
    return offers;
  }

  NodeInternals internals() {
    return internals;
  }

  GroupLog log() {
    return log;
  }

  @Override
  public long appendedBytes() {
    return log.appendedBytes();
  }

  @Override
  public void snapshot(Closure done) {
    node.snapshot(done);
  }

  NodeImpl node() {
    return node;
  }

  String group() {
    return group;
  }

  /** Starts a hand-over; from now on the lease of this term is not trusted, however it ends. */
  Status handOver(PeerId target, long term) {
    handedOverTerm = term;
    if (!internals.leadsIn(term)) {
      return new Status(RaftError.EPERM, "Not a leader");
    }
    return node.transferLeadershipTo(target);
  }

  /** Lets it be elected once it holds what it once held; for the keeper, now and then. */
  void standIfWhole() {
    LogPlace goal = former;
    if (goal != null) {
      LogId last = internals.lastLogId();
      if (last != null && !goal.isAfter(last.getTerm(), last.getIndex())) {
        former = null;
        node.getServerId().setPriority(ElectionPriority.Disabled);
      }
    }
  }

  /** The first failure of the log in this life, or null. */
  @Nullable IOException logFailure() {
    return logFailure.get();
  }

  boolean isBroken() {
    State state = internals.state();
    return state.compareTo(State.STATE_ERROR) >= 0;
  }

  /** Ends this life; returns when the state machine will not be called any more. */
  void stop() {
    barriers.close();
    offers.close();
    node.shutdown();
    boolean interrupted = false;
    while (true) {
      try {
        node.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
