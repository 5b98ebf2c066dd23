package kvstore.replication;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A group of {@link InMemoryReplicatedLog}s in one process, for tests and simulation: the test says
 * who leads, when entries commit and who hears of it. Nothing is durable here; a replica's durable
 * part is its {@link StateMachine}, whose {@link StateMachine#appliedIndex} says where a replica
 * that joins again goes on.
 *
 * <p>All methods may be called by any thread. State machines are called by the executor each
 * replica joined with, one call at a time per replica, never under the group's lock; with {@code
 * Runnable::run} everything happens on the calling thread, before the call returns.
 */
public final class InMemoryGroup {

  /** An entry of the agreed log; a null payload is the empty entry that starts a term. */
  record Entry(long index, long term, byte @Nullable [] payload) {}

  private final String name;
  private final boolean forgetful;
  private final Map<NodeId, InMemoryReplicatedLog> replicas = new LinkedHashMap<>();
  private final Deque<Entry> pending = new ArrayDeque<>();
  private final List<Entry> committed = new ArrayList<>();
  private final Set<NodeId> cutOff = new HashSet<>();
  private Set<NodeId> voters = Set.of();
  private Set<NodeId> learners = Set.of();
  private @Nullable NodeId leader;
  private long term;
  private long lastIndex;
  private long forgotten;
  private boolean holdingCommits;

  /** A group that remembers its whole log, so that replicas can join late or again. */
  public InMemoryGroup(String name) {
    this(name, false);
  }

  InMemoryGroup(String name, boolean forgetful) {
    this.name = name;
    this.forgetful = forgetful;
  }

  public String name() {
    return name;
  }

  /** Adds a replica, or one that comes back after {@link InMemoryReplicatedLog#close}. */
  public InMemoryReplicatedLog join(NodeId node, StateMachine stateMachine, Executor executor) {
    InMemoryReplicatedLog replica =
        new InMemoryReplicatedLog(this, node, stateMachine, executor, stateMachine.appliedIndex());
    synchronized (this) {
      if (lastIndex < stateMachine.appliedIndex()) {
        lastIndex = stateMachine.appliedIndex();
        forgotten = lastIndex;
        term = Math.max(term, stateMachine.appliedTerm());
      }
      replicas.put(node, replica);
      Set<NodeId> grown = new HashSet<>(voters);
      grown.add(node);
      voters = Set.copyOf(grown);
    }
    replica.announce(leadershipFor(node));
    replica.wake();
    return replica;
  }

  /** Makes {@code node} lead in a new term; what is not yet committed commits with it. */
  public long elect(NodeId node) {
    return elect(node, true);
  }

  /**
   * Makes {@code node} lead in a new term.
   *
   * @param keepPending whether entries not yet committed survive, as they may or may not in Raft
   * @return the new term
   */
  public long elect(NodeId node, boolean keepPending) {
    long newTerm;
    synchronized (this) {
      if (!replicas.containsKey(node)) {
        throw new IllegalArgumentException("expected a member of " + name + ", but got " + node);
      }
      dropLeader();
      if (!keepPending) {
        pending.clear();
        lastIndex = forgotten + committed.size();
      }
      newTerm = ++term;
      leader = node;
      pending.add(new Entry(++lastIndex, newTerm, null));
      commitAll();
    }
    for (InMemoryReplicatedLog replica : members()) {
      replica.announce(leadershipFor(replica.node()));
    }
    wakeAll();
    return newTerm;
  }

  /** Leaves the group without a leader; the old leader's proposals in flight end as unknown. */
  public void depose() {
    synchronized (this) {
      dropLeader();
    }
    for (InMemoryReplicatedLog replica : members()) {
      replica.announce(leadershipFor(replica.node()));
    }
  }

  /** From now on entries are appended but do not commit. */
  public synchronized void holdCommits() {
    holdingCommits = true;
  }

  /** Commits what was held, and from now on commits at once. */
  public void releaseCommits() {
    synchronized (this) {
      holdingCommits = false;
      if (leader != null) {
        commitAll();
      }
    }
    wakeAll();
  }

  /** {@code node} no longer hears of commits or leaders; a leader cut off has no lease. */
  public synchronized void cutOff(NodeId node) {
    cutOff.add(node);
  }

  public void reconnect(NodeId node) {
    InMemoryReplicatedLog replica;
    synchronized (this) {
      cutOff.remove(node);
      replica = replicas.get(node);
    }
    if (replica != null) {
      replica.announce(leadershipFor(node));
      replica.wake();
    }
  }

  /** The node that leads, or null. */
  public synchronized @Nullable NodeId leader() {
    return leader;
  }

  synchronized boolean append(NodeId node, long expectedTerm, ByteBuffer entry, Proposal proposal) {
    if (!node.equals(leader) || term != expectedTerm) {
      return false;
    }
    byte[] copy = new byte[entry.remaining()];
    entry.duplicate().get(copy);
    InMemoryReplicatedLog replica = replicas.get(node);
    if (replica == null) {
      return false;
    }
    pending.add(new Entry(++lastIndex, term, copy));
    replica.remember(lastIndex, proposal);
    if (!holdingCommits && !cutOff.contains(node)) {
      commitAll();
    }
    return true;
  }

  /** The committed entries after {@code applied} that {@code node} may hear of, oldest first. */
  synchronized List<Entry> after(NodeId node, long applied, int limit) {
    if (cutOff.contains(node)) {
      return List.of();
    }
    if (applied < forgotten) {
      throw new IllegalStateException(
          name
              + " has forgotten entries up to "
              + forgotten
              + ", but "
              + node
              + " is at "
              + applied);
    }
    int from = (int) (applied - forgotten);
    int to = Math.min(committed.size(), from + limit);
    if (from >= to) {
      return List.of();
    }
    List<Entry> run = List.copyOf(committed.subList(from, to));
    if (forgetful) {
      committed.subList(0, to).clear();
      forgotten += to;
    }
    return run;
  }

  synchronized boolean leads(NodeId node, long expectedTerm) {
    return node.equals(leader) && term == expectedTerm && !cutOff.contains(node);
  }

  synchronized void leave(NodeId node) {
    if (node.equals(leader)) {
      dropLeader();
    }
    replicas.remove(node);
  }

  synchronized Leadership leadershipFor(NodeId node) {
    Leadership.Role role = Leadership.Role.FOLLOWER;
    if (node.equals(leader)) {
      role = Leadership.Role.LEADER;
    } else if (learners.contains(node)) {
      role = Leadership.Role.LEARNER;
    }
    return new Leadership(role, term, leader);
  }

  synchronized boolean hears(NodeId node) {
    return !cutOff.contains(node);
  }

  synchronized Set<NodeId> voters() {
    return voters;
  }

  synchronized Set<NodeId> learners() {
    return learners;
  }

  synchronized void change(Set<NodeId> newVoters, Set<NodeId> newLearners) {
    voters = Set.copyOf(newVoters);
    learners = Set.copyOf(newLearners);
  }

  synchronized ReplicatedLog.Progress progress(long applied) {
    long commit = forgotten + committed.size();
    return new ReplicatedLog.Progress(forgotten + 1, lastIndex, commit, applied, 0);
  }

  void wakeAll() {
    members().forEach(InMemoryReplicatedLog::wake);
  }

  private synchronized List<InMemoryReplicatedLog> members() {
    return List.copyOf(replicas.values());
  }

  private void commitAll() {
    if (!holdingCommits) {
      committed.addAll(pending);
      pending.clear();
    }
  }

  private void dropLeader() {
    if (leader == null) {
      return;
    }
    InMemoryReplicatedLog old = replicas.get(leader);
    leader = null;
    if (old != null) {
      old.failAfter(forgotten + committed.size());
    }
  }
}
