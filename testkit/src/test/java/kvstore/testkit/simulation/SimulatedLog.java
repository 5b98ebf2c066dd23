package kvstore.testkit.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import kvstore.replication.Leadership;
import kvstore.replication.Leadership.Role;
import kvstore.replication.Membership;
import kvstore.replication.NodeId;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.StateMachine;
import kvstore.testkit.simulation.Journal.Entry;
import org.jspecify.annotations.Nullable;

/**
 * One group's log on one node. Behind it is a {@link Raft}; here is what the port promises: the
 * state machine hears of everything in one order and one call at a time, some time after it
 * happened, and every proposal ends once. After a failure of the disk the replica is out, and a
 * while later begins anew with what is certainly on the disk, under the same state machine.
 */
final class SimulatedLog implements ReplicatedLog {

  /** Digests are compared at every index that this divides. */
  private static final int DIGEST_EVERY = 5;

  /** What the logs of one node share. */
  interface Home {
    void send(String group, NodeId to, Message message);

    Path newFolder() throws IOException;

    void closed(String group);
  }

  private final String group;
  private final Life life;
  private final World world;
  private final Journal journal;
  private final StateMachine machine;
  private final Home home;
  private final Invariants invariants;
  private final Mutant mutant;

  private @Nullable Raft raft;
  private Leadership leadership = new Leadership(Role.OUT, 0, null);
  private long applied;
  private boolean closed;
  private boolean snapshotWanted;
  private final SnapshotFetch fetching;
  private @Nullable CompletableFuture<Void> changing;
  private Supplier<@Nullable String> digest = () -> null;

  /** Of the entries that this replica proposed as the leader of now. */
  private final TreeMap<Long, Proposal> proposals = new TreeMap<>();

  private final ApplyThread applying;

  SimulatedLog(
      String group,
      Life life,
      Journal journal,
      StateMachine machine,
      Home home,
      Invariants invariants,
      Mutant mutant) {
    this.group = group;
    this.life = life;
    this.world = life.world;
    this.journal = journal;
    this.machine = machine;
    this.home = home;
    this.invariants = invariants;
    this.mutant = mutant;
    this.fetching =
        new SnapshotFetch(world, journal, this::wire, whole -> tell(() -> install(whole)));
    this.applying = new ApplyThread(life);
  }

  /** Takes part from now on. */
  void begin() throws IOException {
    Journal.Snapshot snapshot = journal.snapshot();
    if (machine.appliedIndex() < journal.baseIndex()) {
      if (snapshot == null || snapshot.index() < journal.baseIndex()) {
        throw new IOException(
            "the log begins after " + journal.baseIndex() + ", the state ends before it");
      }
      load(snapshot);
    }
    long index = machine.appliedIndex();
    boolean logReaches =
        index <= journal.lastIndex() && journal.termAt(index) == machine.appliedTerm();
    applied = Math.max(journal.baseIndex(), index);
    publish(new Leadership(Role.FOLLOWER, leadership.term(), null));
    Raft begun =
        new Raft(
            group,
            life,
            journal,
            logReaches ? applied : journal.baseIndex(), // it is sent again what it has lost
            this::wire,
            new Below(),
            invariants,
            mutant);
    raft = begun;
    begun.rebased();
  }

  /** How to see what the state machine holds, as of its applied index. */
  void digest(Supplier<@Nullable String> how) {
    digest = how;
  }

  @Nullable String digest() {
    return digest.get();
  }

  long applied() {
    return applied;
  }

  boolean isOut() {
    return raft == null;
  }

  // ---- the port

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
    if (world.chance(world.rates.overloaded)) {
      proposal.failed(Proposal.Failure.OVERLOADED);
      return;
    }
    byte[] bytes = new byte[entry.remaining()];
    entry.duplicate().get(bytes);
    // through a queue, and so after what was proposed before
    world.after(10 * Rates.MICRO, life, () -> append(bytes, term, proposal));
  }

  private void append(byte[] bytes, long term, Proposal proposal) {
    Raft current = raft;
    if (closed || current == null || !current.leads(term)) {
      proposal.failed(Proposal.Failure.NOT_LEADER);
    } else {
      proposals.put(journal.lastIndex() + 1, proposal);
      current.append(bytes, null);
    }
  }

  @Override
  public boolean leaseHolds(long term) {
    life.maybeStall();
    Raft current = raft;
    boolean holds = current != null && leadsIn(term) && current.leads(term) && current.hasLease();
    life.maybeStall();
    return holds;
  }

  @Override
  public void readBarrier(long term, Barrier barrier) {
    Raft current = raft;
    if (current == null || !leadsIn(term)) {
      barrier.failed();
      return;
    }
    current.confirm(
        term,
        (leads, committed) -> {
          // behind what was committed by then
          tell(leads ? barrier::reached : barrier::failed, barrier::failed);
        });
  }

  private boolean leadsIn(long term) {
    return leadership.isLeader() && leadership.term() == term;
  }

  @Override
  public void campaign() {
    for (int i = 1; i <= 10; i++) {
      world.after(
          i * 50 * Rates.MILLI,
          life,
          () -> {
            Raft current = raft;
            if (current != null && current.leader() == null) {
              current.soundOut();
            }
          });
    }
  }

  @Override
  public Membership membership() {
    return new Membership() {
      @Override
      public Set<NodeId> voters() {
        return journal.members().voters();
      }

      @Override
      public Set<NodeId> learners() {
        return journal.members().learners();
      }

      @Override
      public CompletionStage<Void> change(Set<NodeId> voters, Set<NodeId> learners) {
        return SimulatedLog.this.change(Members.of(voters, learners));
      }

      @Override
      public CompletionStage<Void> transferLeadership(NodeId target) {
        Raft current = raft;
        if (current == null || !current.leads(leadership.term())) {
          return CompletableFuture.failedFuture(new IllegalStateException("does not lead"));
        }
        current.transfer(target);
        return CompletableFuture.completedFuture(null);
      }
    };
  }

  private CompletionStage<Void> change(Members wanted) {
    Raft current = raft;
    CompletableFuture<Void> under = changing;
    if (current == null
        || !current.leads(leadership.term())
        || !leadership.isLeader()
        || journal.members().isJoint()
        || under != null && !under.isDone()) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("does not lead, or is changing already"));
    }
    Members now = journal.members();
    if (now.equals(wanted)) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> result = new CompletableFuture<>();
    changing = result;
    boolean sameVoters = now.voters().equals(wanted.voters());
    current.append(
        null, sameVoters ? wanted : new Members(wanted.voters(), wanted.learners(), now.voters()));
    return result;
  }

  @Override
  public void requestSnapshot() {
    snapshotWanted = true;
    tell(this::snapshotIfDue);
  }

  @Override
  public Progress progress() {
    Raft current = raft;
    Journal.Snapshot snapshot = journal.snapshot();
    return new Progress(
        journal.baseIndex() + 1,
        journal.lastIndex(),
        current == null ? applied : current.commit(),
        applied,
        snapshot == null ? 0 : snapshot.index());
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    end();
    closed = true;
    journal.syncAll();
    home.closed(group);
  }

  // ---- life

  /** It votes, acknowledges and applies nothing any more. */
  private void end() {
    Raft current = raft;
    raft = null;
    if (current != null) {
      current.end();
    }
    applying.drop();
    fetching.stop();
    failAfter(Long.MIN_VALUE);
    publish(new Leadership(Role.OUT, leadership.term(), null));
  }

  private void fail(String why) {
    if (raft == null || closed) {
      return;
    }
    world.tell(() -> life + " " + group + ": out: " + why);
    end();
    machine.failed(new IOException(why));
    world.after(world.between(100, 800) * Rates.MILLI, life, this::beginAnew);
  }

  private void beginAnew() {
    if (closed || raft != null) {
      return;
    }
    journal.dropUnsynced();
    try {
      begin();
    } catch (IOException e) {
      world.violated(group + " on " + life + " can not begin anew: " + e);
    }
  }

  private void failAfter(long committed) {
    Map<Long, Proposal> tail =
        committed == Long.MIN_VALUE ? proposals : proposals.tailMap(committed, false);
    List<Proposal> lost = new ArrayList<>(tail.values());
    tail.clear();
    for (Proposal proposal : lost) {
      world.after(
          world.between(0, world.rates.applyLag),
          life,
          () -> proposal.failed(Proposal.Failure.UNKNOWN));
    }
    CompletableFuture<Void> change = changing;
    if (change != null) {
      change.completeExceptionally(new IllegalStateException("leads no longer"));
    }
  }

  private void publish(Leadership next) {
    Leadership before = leadership;
    if (next.equals(before)) {
      return;
    }
    leadership = next;
    if (before.isLeader() && !next.isLeader()) {
      machine.leadershipLost();
    }
    if (next.isLeader()) {
      world.tell(() -> life + " leads " + group + " in term " + next.term());
      invariants.leads(group, life.node, next.term());
      machine.leadershipGained(next.term());
    }
    machine.leadershipChanged(next);
  }

  /** What Raft tells: passed on in order, a while later. */
  private final class Below implements Raft.Above {
    @Override
    public void committed(long index) {
      tell(() -> apply(index));
    }

    @Override
    public void follows(NodeId leader, long term) {
      tell(() -> publish(new Leadership(role(), term, leader)));
    }

    @Override
    public void leaderLost(boolean led) {
      if (led) {
        failAfter(raft == null ? 0 : raft.commit());
      }
      tell(() -> publish(new Leadership(role(), leadership.term(), null)));
    }

    @Override
    public void journalFailed(String why) {
      fail(why);
    }

    @Override
    public void offered(NodeId from, Message.Offer offer) {
      fetching.offered(from, offer);
    }

    private Role role() {
      return journal.members().votes(life.node) ? Role.FOLLOWER : Role.LEARNER;
    }
  }

  // ---- the apply thread

  private void tell(Runnable work) {
    tell(work, () -> {});
  }

  private void tell(Runnable work, Runnable instead) {
    applying.tell(work, instead);
  }

  /** Until then nothing is applied here. */
  void holdUpApplying(long time) {
    applying.holdUp(time);
  }

  private void apply(long upTo) {
    try {
      while (applied < upTo && raft != null) {
        long border = Math.min(upTo, applied - applied % DIGEST_EVERY + DIGEST_EVERY);
        applyRun(border);
      }
      snapshotIfDue();
    } catch (IOException e) {
      fail(String.valueOf(e.getMessage()));
    }
  }

  private void applyRun(long upTo) throws IOException {
    List<Entry> run = new ArrayList<>();
    List<Entry> own = new ArrayList<>();
    for (long i = applied + 1; i <= upTo; i++) {
      Entry entry = journal.entry(i);
      invariants.applies(group, life.node, entry);
      (entry.payload() == null ? own : run).add(entry);
    }
    if (!run.isEmpty()) {
      machine.apply(new EntryRun(run, proposals::remove));
    }
    applied = upTo;
    if (upTo % DIGEST_EVERY == 0) {
      invariants.holds(group, life.node, upTo, digest.get());
    }
    for (Entry entry : own) {
      agreed(entry);
    }
  }

  private void agreed(Entry entry) {
    Raft current = raft;
    Members members = entry.members();
    CompletableFuture<Void> change = changing;
    if (members != null && !members.isJoint() && change != null) {
      changing = null;
      change.complete(null);
    }
    if (members == null && current != null && current.leads(entry.term())) {
      publish(new Leadership(Role.LEADER, entry.term(), life.node));
    }
  }

  // ---- snapshots

  private void snapshotIfDue() {
    long index = machine.appliedIndex();
    boolean due = snapshotWanted || index - journal.baseIndex() >= world.rates.snapshotEntries;
    if (raft == null
        || !due
        || index <= journal.baseIndex()
        || index > journal.lastIndex()
        || journal.termAt(index) != machine.appliedTerm()) {
      return;
    }
    snapshotWanted = false;
    try {
      Path folder = Files.createDirectories(home.newFolder());
      machine.saveSnapshot(folder);
      Journal.Snapshot taken =
          new Journal.Snapshot(
              index, machine.appliedTerm(), journal.membersAt(index), Folders.take(folder));
      journal.compact(taken, index - world.between(0, 5));
      raft.rebased();
      world.tell(() -> life + " " + group + ": snapshot at " + index);
    } catch (IOException e) {
      fail("no snapshot: " + e.getMessage());
    }
  }

  private void wire(NodeId to, Message message) {
    home.send(group, to, message);
  }

  /** What another replica may fetch: the newest, which may be another than it began with. */
  private void serve(NodeId to, Message.Fetch fetch) {
    Journal.Snapshot snapshot = journal.snapshot();
    Raft current = raft;
    if (snapshot == null || current == null) {
      return;
    }
    if (snapshot.index() == fetch.index() || mutant == Mutant.MIXES_SNAPSHOTS) {
      wire(to, SnapshotFetch.chunk(snapshot, fetch, journal.term(), world.rates.chunk));
    } else if (current.leads(journal.term())) {
      wire(to, current.offer(snapshot)); // that one is gone
    }
  }

  /**
   * A crash may have come between the state and the log: then the state is there, and what the log
   * lacks is the beginning behind it.
   */
  private void install(Journal.Snapshot snapshot) {
    Raft current = raft;
    if (current == null || snapshot.index() <= current.commit()) {
      return;
    }
    world.tell(() -> life + " " + group + ": installs snapshot at " + snapshot.index());
    try {
      if (snapshot.index() > applied) {
        load(snapshot);
        applied = snapshot.index();
        invariants.holds(group, life.node, applied, digest.get());
      }
    } catch (IOException | UncheckedIOException e) {
      world.violated(group + " on " + life + ": a snapshot that was fetched can not be read: " + e);
      return;
    }
    journal.install(snapshot);
    current.rebased();
  }

  private void load(Journal.Snapshot snapshot) throws IOException {
    Path folder = home.newFolder();
    try {
      Folders.fill(folder, snapshot.files());
      machine.loadSnapshot(folder);
    } finally {
      Folders.delete(folder);
    }
  }

  /** A message of another replica has come. */
  void take(NodeId from, Message message) {
    Raft current = raft;
    if (current == null) {
      return;
    }
    if (message instanceof Message.Fetch fetch) {
      serve(from, fetch);
    } else if (message instanceof Message.Chunk chunk) {
      fetching.got(from, chunk);
    } else {
      current.take(from, message);
    }
  }
}
