package kvstore.replication;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * {@link ReplicatedLog} within one process, for tests and simulation; see {@link InMemoryGroup}. It
 * keeps to the port's contract: proposals end exactly once, the state machine is called by one
 * thread at a time, and leading is announced only after all earlier entries were applied.
 */
public final class InMemoryReplicatedLog implements ReplicatedLog {

  private static final int RUN_LIMIT = 256;

  private final InMemoryGroup group;
  private final NodeId node;
  private final StateMachine stateMachine;
  private final Executor executor;

  /** Guards the fields below; never held while a state machine, proposal or barrier is called. */
  private final Object lock = new Object();

  private final TreeMap<Long, Proposal> proposals = new TreeMap<>();
  private final Queue<Leadership> announcements = new ArrayDeque<>();
  private final Queue<Waiting> barriers = new ArrayDeque<>();
  private boolean scheduled;
  private boolean dirty;

  private volatile Leadership leadership = new Leadership(Leadership.Role.FOLLOWER, 0, null);
  private volatile long applied;
  private volatile boolean overloaded;
  private volatile boolean leaseLost;
  private volatile boolean closed;

  private record Waiting(long term, Barrier barrier) {}

  InMemoryReplicatedLog(
      InMemoryGroup group,
      NodeId node,
      StateMachine stateMachine,
      Executor executor,
      long applied) {
    this.group = group;
    this.node = node;
    this.stateMachine = stateMachine;
    this.executor = executor;
    this.applied = applied;
  }

  /** A group of one voter that leads at once and commits what it is given. */
  public static InMemoryReplicatedLog single(
      String group, StateMachine stateMachine, Executor executor) {
    NodeId self = new NodeId("single");
    InMemoryGroup alone = new InMemoryGroup(group, true);
    InMemoryReplicatedLog log = alone.join(self, stateMachine, executor);
    alone.elect(self);
    return log;
  }

  public NodeId node() {
    return node;
  }

  /** The group, through which a test chooses leaders and faults. */
  public InMemoryGroup inMemoryGroup() {
    return group;
  }

  /** While set, proposals fail as {@link Proposal.Failure#OVERLOADED}. */
  public void setOverloaded(boolean overloaded) {
    this.overloaded = overloaded;
  }

  /** While set, {@link #leaseHolds} is false although this replica may lead. */
  public void setLeaseLost(boolean leaseLost) {
    this.leaseLost = leaseLost;
  }

  @Override
  public String group() {
    return group.name();
  }

  @Override
  public Leadership leadership() {
    return leadership;
  }

  @Override
  public void propose(ByteBuffer entry, long term, Proposal proposal) {
    if (overloaded) {
      proposal.failed(Proposal.Failure.OVERLOADED);
    } else if (closed || !group.append(node, term, entry, proposal)) {
      proposal.failed(Proposal.Failure.NOT_LEADER);
    } else {
      group.wakeAll();
    }
  }

  @Override
  public boolean leaseHolds(long term) {
    Leadership seen = leadership;
    return !closed
        && !leaseLost
        && seen.isLeader()
        && seen.term() == term
        && group.leads(node, term);
  }

  @Override
  public void readBarrier(long term, Barrier barrier) {
    synchronized (lock) {
      barriers.add(new Waiting(term, barrier));
    }
    wake();
  }

  @Override
  public void campaign() {
    if (!closed && group.leader() == null) {
      group.elect(node);
    }
  }

  @Override
  public Membership membership() {
    return new Membership() {
      @Override
      public Set<NodeId> voters() {
        return group.voters();
      }

      @Override
      public Set<NodeId> learners() {
        return group.learners();
      }

      @Override
      public CompletionStage<Void> change(Set<NodeId> voters, Set<NodeId> learners) {
        if (!leadership.isLeader()) {
          return CompletableFuture.failedFuture(new IllegalStateException(node + " does not lead"));
        }
        group.change(voters, learners);
        return CompletableFuture.completedFuture(null);
      }

      @Override
      public CompletionStage<Void> transferLeadership(NodeId target) {
        if (!leadership.isLeader()) {
          return CompletableFuture.failedFuture(new IllegalStateException(node + " does not lead"));
        }
        group.elect(target);
        return CompletableFuture.completedFuture(null);
      }
    };
  }

  /** Does nothing: the log is in memory, and the state machine its own durable state. */
  @Override
  public void requestSnapshot() {}

  @Override
  public Progress progress() {
    return group.progress(applied);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    group.leave(node);
    leadership = new Leadership(Leadership.Role.OUT, leadership.term(), null);
    failAfter(Long.MIN_VALUE);
    List<Waiting> waiting;
    synchronized (lock) {
      waiting = new ArrayList<>(barriers);
      barriers.clear();
      announcements.clear();
    }
    waiting.forEach(w -> w.barrier().failed());
  }

  void remember(long index, Proposal proposal) {
    synchronized (lock) {
      proposals.put(index, proposal);
    }
  }

  /** Ends the proposals of entries after {@code committed}, whose outcome is not known here. */
  void failAfter(long committed) {
    List<Proposal> lost;
    synchronized (lock) {
      Map<Long, Proposal> tail =
          committed == Long.MIN_VALUE ? proposals : proposals.tailMap(committed, false);
      lost = new ArrayList<>(tail.values());
      tail.clear();
    }
    for (Proposal proposal : lost) {
      executor.execute(() -> proposal.failed(Proposal.Failure.UNKNOWN));
    }
  }

  void announce(Leadership next) {
    synchronized (lock) {
      announcements.add(next);
    }
    wake();
  }

  /** Schedules a run on the executor unless one is under way, which then goes round once more. */
  void wake() {
    synchronized (lock) {
      dirty = true;
      if (scheduled || closed) {
        return;
      }
      scheduled = true;
    }
    executor.execute(this::run);
  }

  private void run() {
    while (true) {
      synchronized (lock) {
        if (!dirty || closed) {
          scheduled = false;
          return;
        }
        dirty = false;
      }
      try {
        applyAll();
        if (group.hears(node)) {
          publishAll();
        }
        settleBarriers();
      } catch (IOException | RuntimeException e) {
        closeFailed(e);
      }
    }
  }

  private void applyAll() throws IOException {
    while (!closed) {
      List<InMemoryGroup.Entry> run = group.after(node, applied, RUN_LIMIT);
      if (run.isEmpty()) {
        return;
      }
      Run entries = new Run(run);
      if (entries.hasData()) {
        stateMachine.apply(entries);
      }
      applied = run.get(run.size() - 1).index();
    }
  }

  private void publishAll() {
    while (true) {
      Leadership next;
      synchronized (lock) {
        next = announcements.poll();
      }
      if (next == null) {
        return;
      }
      Leadership before = leadership;
      leadership = next;
      if (before.isLeader() && (!next.isLeader() || next.term() != before.term())) {
        stateMachine.leadershipLost();
      }
      if (next.isLeader() && (!before.isLeader() || next.term() != before.term())) {
        stateMachine.leadershipGained(next.term());
      }
      if (!next.equals(before)) {
        stateMachine.leadershipChanged(next);
      }
    }
  }

  private void settleBarriers() {
    while (true) {
      Waiting next;
      synchronized (lock) {
        next = barriers.poll();
      }
      if (next == null) {
        return;
      }
      if (group.leads(node, next.term())) {
        next.barrier().reached();
      } else {
        next.barrier().failed();
      }
    }
  }

  private void closeFailed(Exception cause) {
    close();
    Throwable shown =
        cause instanceof UncheckedIOException unchecked && unchecked.getCause() != null
            ? unchecked.getCause()
            : cause;
    stateMachine.failed(shown);
  }

  /** A run of entries; the empty ones that start a term are passed over. */
  private final class Run implements StateMachine.Entries {
    private final List<InMemoryGroup.Entry> entries;
    private int position = -1;

    Run(List<InMemoryGroup.Entry> entries) {
      this.entries = entries;
    }

    boolean hasData() {
      return entries.stream().anyMatch(e -> e.payload() != null);
    }

    @Override
    public boolean next() {
      while (++position < entries.size()) {
        if (entries.get(position).payload() != null) {
          return true;
        }
      }
      return false;
    }

    @Override
    public long index() {
      return entries.get(position).index();
    }

    @Override
    public long term() {
      return entries.get(position).term();
    }

    @Override
    public ByteBuffer payload() {
      byte[] payload = entries.get(position).payload();
      if (payload == null) {
        throw new IllegalStateException("expected next() to have returned true");
      }
      return ByteBuffer.wrap(payload).asReadOnlyBuffer();
    }

    @Override
    public @Nullable Proposal proposal() {
      synchronized (lock) {
        return proposals.remove(index());
      }
    }
  }
}
