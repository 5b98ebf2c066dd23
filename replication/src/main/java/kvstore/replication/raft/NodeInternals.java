package kvstore.replication.raft;

import com.alipay.sofa.jraft.FSMCaller;
import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.closure.CatchUpClosure;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.core.BallotBox;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.core.Replicator;
import com.alipay.sofa.jraft.core.State;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.storage.LogManager;
import com.alipay.sofa.jraft.storage.impl.LogManagerImpl;
import com.alipay.sofa.jraft.util.SegmentList;
import com.alipay.sofa.jraft.util.ThreadId;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * What must be known of the Raft library's node on the read path, where its own getters would take
 * its lock, behind which a vote may be waiting for the disk. Fields are read as volatile; a version
 * of the library without them fails when this class is loaded, that is, in every test.
 */
final class NodeInternals {

  private static final VarHandle TERM;
  private static final VarHandle CONFIGURATION;
  private static final VarHandle REPLICATORS;
  private static final VarHandle BALLOTS;
  private static final VarHandle APPLIER;
  private static final VarHandle LOG_MANAGER;
  private static final VarHandle MEMORY_LOG;
  private static final VarHandle SUCCEEDED;
  private static final VarHandle NEXT_INDEX;
  private static final VarHandle CATCH_UP;
  private static final MethodHandle CAUGHT_UP;
  private static final VarHandle LOCK;
  private static final MethodHandle PRE_VOTE;
  private static final MethodHandle ELECTION_TIMEOUT;

  static {
    try {
      MethodHandles.Lookup node =
          MethodHandles.privateLookupIn(NodeImpl.class, MethodHandles.lookup());
      TERM = node.findVarHandle(NodeImpl.class, "currTerm", long.class);
      CONFIGURATION = node.findVarHandle(NodeImpl.class, "conf", ConfigurationEntry.class);
      REPLICATORS = node.findVarHandle(NodeImpl.class, "replicatorGroup", ReplicatorGroup.class);
      BALLOTS = node.findVarHandle(NodeImpl.class, "ballotBox", BallotBox.class);
      APPLIER = node.findVarHandle(NodeImpl.class, "fsmCaller", FSMCaller.class);
      LOG_MANAGER = node.findVarHandle(NodeImpl.class, "logManager", LogManager.class);
      MEMORY_LOG =
          MethodHandles.privateLookupIn(LogManagerImpl.class, MethodHandles.lookup())
              .findVarHandle(LogManagerImpl.class, "logsInMemory", SegmentList.class);
      LOCK = node.findVarHandle(NodeImpl.class, "writeLock", Lock.class);
      PRE_VOTE = node.findVirtual(NodeImpl.class, "preVote", MethodType.methodType(void.class));
      ELECTION_TIMEOUT =
          node.findVirtual(
              NodeImpl.class, "handleElectionTimeout", MethodType.methodType(void.class));
      MethodHandles.Lookup replicator =
          MethodHandles.privateLookupIn(Replicator.class, MethodHandles.lookup());
      SUCCEEDED = replicator.findVarHandle(Replicator.class, "hasSucceeded", boolean.class);
      NEXT_INDEX = replicator.findVarHandle(Replicator.class, "nextIndex", long.class);
      CATCH_UP = replicator.findVarHandle(Replicator.class, "catchUpClosure", CatchUpClosure.class);
      CAUGHT_UP =
          replicator.findVirtual(
              Replicator.class,
              "notifyOnCaughtUp",
              MethodType.methodType(void.class, int.class, boolean.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final NodeImpl node;

  NodeInternals(NodeImpl node) {
    this.node = node;
  }

  /**
   * Whether the node leads in {@code term}. The state is read before the term: the node leads in
   * the term it shows while it is leader, and terms only grow, so a leader of a later term is not
   * taken for one of this.
   */
  boolean leadsIn(long term) {
    return node.getNodeState() == State.STATE_LEADER && (long) TERM.getVolatile(node) == term;
  }

  /**
   * Whether the node is in {@code term}, and its lock is to be had. It may be taken in the next
   * moment, but seldom is for long.
   */
  boolean isFree(long term) {
    Lock lock = (Lock) LOCK.get(node);
    if ((long) TERM.getVolatile(node) != term || !lock.tryLock()) {
      return false;
    }
    lock.unlock();
    return true;
  }

  State state() {
    return node.getNodeState();
  }

  /** The newest configuration in the log, committed or not. */
  @Nullable ConfigurationEntry configuration() {
    return (ConfigurationEntry) CONFIGURATION.getVolatile(node);
  }

  long committedIndex() {
    BallotBox ballots = (BallotBox) BALLOTS.getVolatile(node);
    return ballots == null ? 0 : ballots.getLastCommittedIndex();
  }

  /** The last index applied, entries without data included. */
  long appliedIndex() {
    FSMCaller applier = (FSMCaller) APPLIER.getVolatile(node);
    return applier == null ? 0 : applier.getLastAppliedIndex();
  }

  /** Where the log ends, snapshot included; null before it is read. */
  @Nullable LogId lastLogId() {
    LogManager manager = (LogManager) LOG_MANAGER.getVolatile(node);
    return manager == null ? null : manager.getLastLogId(false);
  }

  /** Bytes of the entries that are kept in memory until they are applied and on the disk. */
  long memoryLogBytes() {
    return LOG_MANAGER.getVolatile(node) instanceof LogManagerImpl manager
        ? ((SegmentList<?>) MEMORY_LOG.getVolatile(manager)).estimatedBytes()
        : 0;
  }

  /**
   * When the newest message that {@code peer} has answered as this leader's follower was sent, in
   * {@link System#nanoTime} rounded down; {@code Long.MIN_VALUE} if there is none.
   *
   * <p>The library's own time starts at the making of the replicator, as if that were an answer; it
   * counts only once the peer has accepted something from this replicator, which was sent no
   * earlier.
   */
  long answeredNanos(PeerId peer) {
    ReplicatorGroup replicators = (ReplicatorGroup) REPLICATORS.getVolatile(node);
    ThreadId id = replicators == null ? null : replicators.getReplicator(peer);
    if (id != null
        && id.getData() instanceof Replicator replicator
        && (boolean) SUCCEEDED.getVolatile(replicator)) {
      return TimeUnit.MILLISECONDS.toNanos(Replicator.getLastRpcSendTimestamp(id));
    }
    return Long.MIN_VALUE;
  }

  /**
   * Asks the other voters whether they would vote for this node, and stands for election once most
   * would, without waiting for the election timeout. Does nothing but in a follower that knows of
   * no leader. May block; not for an event loop.
   */
  void campaign() {
    Lock lock = (Lock) LOCK.get(node);
    lock.lock();
    boolean held = true;
    try {
      if (node.getNodeState() == State.STATE_FOLLOWER && node.getLeaderId() == null) {
        held = false; // the library releases it
        PRE_VOTE.invokeExact(node);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      if (held) {
        lock.unlock();
      }
    }
  }

  /**
   * What the library does when its own election timer fires: asks the other voters whether they
   * would vote for this node, if it is a follower that has not heard from a leader for an election
   * timeout. May block; not for an event loop.
   */
  void standIfLeaderIsSilent() {
    try {
      ELECTION_TIMEOUT.invokeExact(node);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The index up to which {@code peer} holds this leader's log, by its own answers; -1 while it has
   * not said. May block; not for an event loop.
   */
  long heldBy(PeerId peer) {
    return onReplicator(peer, -1, replicator -> (long) NEXT_INDEX.getVolatile(replicator) - 1);
  }

  /**
   * Lets a change of members go on that waits for {@code peer} to catch up. May block; not for an
   * event loop.
   */
  void declareCaughtUp(PeerId peer) {
    onReplicator(
        peer,
        0,
        replicator -> {
          if (CATCH_UP.get(replicator) instanceof CatchUpClosure waiting) {
            waiting.setMaxMargin(Long.MAX_VALUE / 2);
            CAUGHT_UP.invokeExact(replicator, RaftError.SUCCESS.getNumber(), false);
          }
          return 0;
        });
  }

  /**
   * Gives a change of members that waits for {@code peer} to catch up more patience than an
   * election timeout: when the library's runs out it ends the replicator, and with it the copying
   * of a snapshot. To be called again and again while the change lasts; gives up when the peer has
   * been silent for as long as the patience. May block; not for an event loop.
   */
  void waitLonger(PeerId peer, long patienceNanos, long nowNanos) {
    ReplicatorGroup replicators = (ReplicatorGroup) REPLICATORS.getVolatile(node);
    ThreadId id = replicators == null ? null : replicators.getReplicator(peer);
    if (id == null || !(id.lock() instanceof Replicator replicator)) {
      return;
    }
    try {
      if (!(CATCH_UP.get(replicator) instanceof CatchUpClosure waiting) || !waiting.hasTimer()) {
        return;
      }
      boolean prolonged = waiting.getTimer() instanceof LongWait;
      if (!prolonged && !waiting.getTimer().cancel(false)) {
        return; // over already; the library asks for another if the peer has answered just now
      }
      long answered = answeredNanos(peer);
      boolean silent = answered == Long.MIN_VALUE || nowNanos - answered >= patienceNanos;
      if (!prolonged || ((LongWait) waiting.getTimer()).isOver(nowNanos) && !silent) {
        waiting.setTimer(new LongWait(nowNanos + patienceNanos));
      } else if (((LongWait) waiting.getTimer()).isOver(nowNanos)) {
        CAUGHT_UP.invokeExact(replicator, RaftError.ETIMEDOUT.getNumber(), false);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      id.unlock();
    }
  }

  private interface Look {
    long at(Replicator replicator) throws Throwable;
  }

  /** Looks at the replicator of a peer, under its lock, if the peer has ever accepted anything. */
  private long onReplicator(PeerId peer, long otherwise, Look look) {
    ReplicatorGroup replicators = (ReplicatorGroup) REPLICATORS.getVolatile(node);
    ThreadId id = replicators == null ? null : replicators.getReplicator(peer);
    if (id == null || !(id.lock() instanceof Replicator replicator)) {
      return otherwise;
    }
    try {
      return (boolean) SUCCEEDED.getVolatile(replicator) ? look.at(replicator) : otherwise;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      id.unlock();
    }
  }
}
