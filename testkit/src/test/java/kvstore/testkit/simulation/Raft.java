package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import kvstore.replication.NodeId;
import kvstore.testkit.simulation.Journal.Entry;
import org.jspecify.annotations.Nullable;

/**
 * One replica's part in agreeing on a group's log: Raft as in Ongaro's dissertation (2014), with
 * sounding out before an election, leases by the clock, learners and joint consensus. It is small
 * rather than fast, and stands in for the library of the real node, whose code is not simulated.
 *
 * <p>It is one class of many lines, for its rules are about how elections, replication, members and
 * leases depend on one another, and are read against the dissertation.
 */
final class Raft {

  static final long ELECTION = 300 * Rates.MILLI;
  private static final long BEAT = 60 * Rates.MILLI;
  private static final int MOST_ENTRIES = 16;

  /** Less than the time for which followers elect nobody else, by more than clocks differ. */
  private static final long LEASE = ELECTION * 9 / 10;

  /** What is above: the log as the state machine sees it. */
  interface Above {
    void committed(long index);

    void follows(NodeId leader, long term);

    /** Leads no longer, or knows no leader any more. */
    void leaderLost(boolean led);

    void journalFailed(String why);

    void offered(NodeId from, Message.Offer offer);
  }

  private enum Role {
    FOLLOWER,
    CANDIDATE,
    LEADER
  }

  /** Waits for a majority to answer what is sent from now on. */
  private record Confirmation(long term, long round, long commit, BiConsumer<Boolean, Long> then) {}

  private final String group;
  private final Life life;
  private final NodeId self;
  private final Journal journal;
  private final BiConsumer<NodeId, Message> wire;
  private final Above above;
  private final Invariants invariants;
  private final Mutant mutant;

  private Role role = Role.FOLLOWER;
  private @Nullable NodeId leader;
  private long commit;
  private long heardNanos;
  private boolean transferring;
  private boolean over;
  private boolean syncing;

  /** The last index known to be the same as that of this term's leader. */
  private long matched;

  private final TreeSet<NodeId> votes = new TreeSet<>();
  private boolean soundingOut;

  // of a leader
  private final Map<NodeId, Long> next = new TreeMap<>();
  private final Map<NodeId, Long> match = new TreeMap<>();

  /** Who left and came back has nothing of what its late answers of before tell. */
  private final Map<NodeId, Long> memberSince = new TreeMap<>();

  private final Map<NodeId, Long> answeredRound = new TreeMap<>();
  private final Map<NodeId, Long> answeredNanos = new TreeMap<>();
  private final List<Confirmation> confirmations = new ArrayList<>();
  private long round;
  private long ledSince;

  Raft(
      String group,
      Life life,
      Journal journal,
      long applied,
      BiConsumer<NodeId, Message> wire,
      Above above,
      Invariants invariants,
      Mutant mutant) {
    this.group = group;
    this.life = life;
    this.self = life.node;
    this.journal = journal;
    this.wire = wire;
    this.above = above;
    this.invariants = invariants;
    this.mutant = mutant;
    this.commit = Math.max(journal.baseIndex(), applied);
    // whoever voted or followed before it was restarted may have promised something
    this.heardNanos = journal.isUsed() ? life.nanoTime() : life.nanoTime() - ELECTION;
    sync();
    watchForSilence();
  }

  /** It takes no part any more. */
  void end() {
    over = true;
    role = Role.FOLLOWER;
    failConfirmations();
  }

  boolean leads(long term) {
    return !over && role == Role.LEADER && journal.term() == term;
  }

  long commit() {
    return commit;
  }

  @Nullable NodeId leader() {
    return leader;
  }

  // ---- elections

  private void watchForSilence() {
    long patience = ELECTION + life.world.between(0, ELECTION);
    life.world.after(
        patience,
        life,
        () -> {
          if (over) {
            return;
          }
          if (role != Role.LEADER && journal.members().votes(self) && isSilent()) {
            soundOut();
          }
          watchForSilence();
        });
  }

  private boolean isSilent() {
    return life.nanoTime() - heardNanos >= ELECTION;
  }

  /** Asks whether it would be elected, so as not to disturb a leader that others hear. */
  void soundOut() {
    boolean votes = journal.members().votes(self) && !journal.lagsBehindFormer();
    if (over || role == Role.LEADER || !votes) {
      return;
    }
    if (leader != null) {
      leader = null;
      above.leaderLost(false);
    }
    soundingOut = true;
    askForVotes(journal.term() + 1, false);
  }

  private void stand(boolean handedOver) {
    soundingOut = false;
    role = Role.CANDIDATE;
    leader = null;
    journal.vote(journal.term() + 1, self);
    matched = 0;
    askForVotes(journal.term(), handedOver);
  }

  private void askForVotes(long term, boolean handedOver) {
    votes.clear();
    votes.add(self);
    for (NodeId other : others()) {
      wire.accept(
          other,
          new Message.AskVote(
              term, journal.lastIndex(), journal.lastTerm(), soundingOut, handedOver));
    }
    countVotes(handedOver);
  }

  private void countVotes(boolean handedOver) {
    if (!journal.members().majority(votes::contains)) {
      return;
    }
    if (soundingOut) {
      stand(handedOver);
    } else if (role == Role.CANDIDATE) {
      lead();
    }
  }

  private void asked(NodeId from, Message.AskVote ask) {
    boolean promised = role == Role.LEADER ? hasLease() : !isSilent();
    if (promised && !ask.handedOver()) {
      vote(from, ask, false);
      return;
    }
    boolean fresh =
        ask.lastTerm() > journal.lastTerm()
            || ask.lastTerm() == journal.lastTerm() && ask.lastIndex() >= journal.lastIndex();
    if (ask.soundsOut()) {
      vote(from, ask, fresh && ask.term() > journal.term());
      return;
    }
    if (ask.term() > journal.term()) {
      stepDown(ask.term());
    }
    NodeId given = journal.vote();
    boolean granted =
        fresh
            && !journal.lagsBehindFormer(ask.lastTerm(), ask.lastIndex())
            && ask.term() == journal.term()
            && (given == null || given.equals(from));
    if (granted) {
      journal.vote(journal.term(), from);
      heardNanos = life.nanoTime();
    }
    vote(from, ask, granted);
  }

  private void vote(NodeId to, Message.AskVote ask, boolean granted) {
    wire.accept(to, new Message.Vote(journal.term(), ask.term(), ask.soundsOut(), granted));
  }

  private void voted(NodeId from, Message.Vote vote) {
    if (vote.term() > journal.term()) {
      stepDown(vote.term());
      return;
    }
    long asked = soundingOut ? journal.term() + 1 : journal.term();
    boolean ofNow = vote.asked() == asked || mutant == Mutant.BELIEVES_OLD_TERMS;
    if (vote.granted() && vote.soundsOut() == soundingOut && ofNow && role != Role.LEADER) {
      votes.add(from);
      countVotes(false);
    }
  }

  private void lead() {
    role = Role.LEADER;
    leader = self;
    transferring = false;
    ledSince = life.nanoTime();
    next.clear();
    match.clear();
    answeredRound.clear();
    answeredNanos.clear();
    invariants.elected(group, self, journal);
    append(null, null);
    beat(journal.term());
  }

  private void beat(long term) {
    if (!leads(term)) {
      return;
    }
    boolean young = life.nanoTime() - ledSince < 2 * ELECTION;
    if (!young && !heardOfMajority(2 * ELECTION)) {
      stepDown(term);
      return;
    }
    toAll();
    life.world.after(BEAT, life, () -> beat(term));
  }

  private boolean heardOfMajority(long within) {
    long now = life.nanoTime();
    return journal
        .members()
        .majority(node -> {
          Long at = answeredNanos.get(node);
          return node.equals(self) || at != null && now - at < within;
        });
  }

  /** Whether no other leader can have been elected up to now. */
  boolean hasLease() {
    return role == Role.LEADER && !over && !transferring && heardOfMajority(LEASE);
  }

  private void stepDown(long term) {
    boolean led = role == Role.LEADER;
    boolean lost = leader != null;
    if (term > journal.term()) {
      journal.vote(term, null);
    }
    role = Role.FOLLOWER;
    soundingOut = false;
    leader = null;
    matched = 0;
    if (led) {
      failConfirmations();
    }
    if (led || lost) {
      above.leaderLost(led);
    }
  }

  /**
   * Hands over to another; serves no reads by lease in this term any more, whatever comes of it.
   */
  void transfer(NodeId to) {
    long term = journal.term();
    if (!leads(term) || transferring) {
      return;
    }
    transferring = true;
    send(to);
    wire.accept(to, new Message.TakeOver(term));
    life.world.after(
        2 * ELECTION,
        life,
        () -> {
          if (leads(term)) {
            stepDown(term);
          }
        });
  }

  // ---- replication

  /** Appends as the leader of now. */
  long append(byte @Nullable [] payload, @Nullable Members members) {
    long index = journal.lastIndex() + 1;
    if (members != null) {
      for (NodeId node : members.all()) {
        if (!journal.members().all().contains(node)) {
          memberSince.put(node, life.nanoTime());
        }
      }
    }
    journal.append(new Entry(index, journal.term(), payload, members));
    if (members != null) {
      forgetOthers(members.all()); // who comes back has nothing of what it had
    }
    sync();
    toAll();
    advance();
    return index;
  }

  private void forgetOthers(Set<NodeId> stay) {
    next.keySet().retainAll(stay);
    match.keySet().retainAll(stay);
    answeredRound.keySet().retainAll(stay);
    answeredNanos.keySet().retainAll(stay);
  }

  private void toAll() {
    round++;
    others().forEach(this::send);
  }

  private TreeSet<NodeId> others() {
    TreeSet<NodeId> others = new TreeSet<>(journal.members().all());
    others.remove(self);
    return others;
  }

  private void send(NodeId to) {
    long from = next.computeIfAbsent(to, unused -> journal.lastIndex() + 1);
    if (from <= journal.baseIndex()) {
      Journal.Snapshot snapshot = journal.snapshot();
      if (snapshot != null) {
        wire.accept(to, offer(snapshot));
      }
      // so that it knows who leads, and the lease holds
      from = journal.baseIndex() + 1;
    }
    from = Math.min(from, journal.lastIndex() + 1);
    List<Entry> entries = journal.entries(from, MOST_ENTRIES);
    wire.accept(
        to,
        new Message.Append(
            journal.term(),
            from - 1,
            journal.termAt(from - 1),
            entries,
            commit,
            round,
            life.nanoTime()));
  }

  Message.Offer offer(Journal.Snapshot snapshot) {
    return new Message.Offer(
        journal.term(), snapshot.index(), snapshot.term(), snapshot.members(), snapshot.lengths());
  }

  private void appended(NodeId from, Message.Append append) {
    if (append.term() < journal.term()) {
      wire.accept(from, answer(append, false, 0));
      return;
    }
    if (append.term() > journal.term() || role != Role.FOLLOWER) {
      stepDown(append.term());
    }
    soundingOut = false;
    heardNanos = life.nanoTime();
    if (!from.equals(leader)) {
      leader = from;
      above.follows(from, append.term());
    }
    long prev = append.prevIndex();
    if (prev > journal.lastIndex()) {
      wire.accept(from, answer(append, false, journal.lastIndex() + 1));
      return;
    }
    if (prev >= journal.baseIndex() && journal.termAt(prev) != append.prevTerm()) {
      wire.accept(from, answer(append, false, Math.max(commit, prev - MOST_ENTRIES) + 1));
      return;
    }
    for (Entry entry : append.entries()) {
      take(entry);
    }
    matched = Math.max(matched, prev + append.entries().size());
    wire.accept(from, answer(append, true, acknowledged()));
    commitTo(Math.min(append.commit(), acknowledged()));
    sync();
  }

  private void take(Entry entry) {
    if (entry.index() <= journal.baseIndex()) {
      return;
    }
    if (entry.index() <= journal.lastIndex()) {
      if (journal.termAt(entry.index()) == entry.term()) {
        return;
      }
      if (entry.index() <= commit) {
        life.world.violated(
            group + ": " + self + " is to replace entry " + entry.index() + ", which is agreed on");
        return;
      }
      journal.truncate(entry.index());
    }
    journal.append(entry);
  }

  private long acknowledged() {
    return mutant == Mutant.ACKNOWLEDGES_BEFORE_SYNC
        ? matched
        : Math.min(matched, journal.syncedIndex());
  }

  private Message.Appended answer(Message.Append append, boolean fits, long index) {
    return new Message.Appended(
        journal.term(), append.term(), fits, index, append.round(), append.sentNanos());
  }

  private void answered(NodeId from, Message.Appended answer) {
    if (answer.term() > journal.term()) {
      stepDown(answer.term());
      return;
    }
    boolean ofNow = answer.asked() == journal.term() || mutant == Mutant.BELIEVES_OLD_TERMS;
    if (role != Role.LEADER
        || !ofNow
        || !journal.members().all().contains(from)
        || answer.sentNanos() < memberSince.getOrDefault(from, Long.MIN_VALUE)) {
      return;
    }
    if (answer.asked() == journal.term() && answer.round() > 0) {
      answeredNanos.merge(from, answer.sentNanos(), Math::max);
      answeredRound.merge(from, answer.round(), Math::max);
    }
    if (answer.fits()) {
      match.merge(from, answer.matching(), Math::max);
      long known = Math.max(next.getOrDefault(from, 0L), answer.matching() + 1);
      boolean more = known <= journal.lastIndex() && known > next.getOrDefault(from, 0L);
      next.put(from, known);
      if (more) {
        send(from);
      }
    } else if (answer.round() >= answeredRound.getOrDefault(from, 0L)) {
      long hint = Math.max(answer.matching(), match.getOrDefault(from, 0L) + 1);
      if (hint != next.getOrDefault(from, 0L)) {
        next.put(from, hint);
        send(from);
      }
    }
    advance();
    confirm();
  }

  /** The leader commits what a majority has on its disks, if it is of its own term. */
  private void advance() {
    if (role != Role.LEADER) {
      return;
    }
    for (long index = journal.lastIndex(); index > commit; index--) {
      if (journal.termAt(index) != journal.term()) {
        return;
      }
      long wanted = index;
      if (journal.members().majority(node -> holds(node) >= wanted)) {
        commitTo(index);
        finishChange();
        return;
      }
    }
  }

  private long holds(NodeId node) {
    if (!node.equals(self)) {
      return match.getOrDefault(node, 0L);
    }
    return mutant == Mutant.ACKNOWLEDGES_BEFORE_SYNC ? journal.lastIndex() : journal.syncedIndex();
  }

  private void commitTo(long index) {
    if (index > commit) {
      for (long i = commit + 1; i <= index; i++) {
        invariants.committed(group, self, journal.entry(i), role == Role.LEADER ? journal : null);
      }
      commit = index;
      above.committed(index);
    }
  }

  /** Old and new voters have agreed on the change: from now on the new ones do alone. */
  private void finishChange() {
    Members members = journal.members();
    if (members.isJoint() && journal.membersAt(commit).isJoint()) {
      append(null, Members.of(members.voters(), members.learners()));
    } else if (!members.isJoint()
        && journal.membersAt(commit).equals(members)
        && !members.votes(self)) {
      stepDown(journal.term());
    }
  }

  // ---- proof of leading

  /**
   * Has a majority confirm, by what is sent from now on, that this replica leads in the term.
   *
   * @param then told whether it does, and what was committed at the time of the call
   */
  void confirm(long term, BiConsumer<Boolean, Long> then) {
    if (!leads(term)) {
      then.accept(false, 0L);
      return;
    }
    round++;
    confirmations.add(new Confirmation(term, round, commit, then));
    others().forEach(this::send);
    confirm();
  }

  private void confirm() {
    List<Confirmation> done = new ArrayList<>();
    for (Confirmation waiting : confirmations) {
      if (journal
          .members()
          .majority(node ->
              node.equals(self) || answeredRound.getOrDefault(node, 0L) >= waiting.round())) {
        done.add(waiting);
      }
    }
    confirmations.removeAll(done);
    done.forEach(each -> each.then().accept(leads(each.term()), each.commit()));
  }

  private void failConfirmations() {
    List<Confirmation> failed = List.copyOf(confirmations);
    confirmations.clear();
    failed.forEach(each -> each.then().accept(false, 0L));
  }

  // ---- the disk

  private void sync() {
    if (syncing || over || journal.isSynced()) {
      return;
    }
    syncing = true;
    long upTo = journal.written();
    long takes = life.world.between(0, life.world.rates.sync);
    life.world.after(life.world.chance(0.01) ? takes * 10 : takes, life, () -> synced(upTo));
  }

  private void synced(long upTo) {
    syncing = false;
    if (over) {
      return;
    }
    if (life.world.chance(life.world.rates.syncFails)) {
      journal.syncFailed(upTo);
      if (mutant != Mutant.RETRIES_FSYNC) {
        above.journalFailed("fsync failed");
        return;
      }
    }
    journal.synced(upTo);
    advance();
    NodeId to = leader;
    if (role == Role.FOLLOWER && to != null && matched > 0) {
      wire.accept(
          to, new Message.Appended(journal.term(), journal.term(), true, acknowledged(), 0, 0));
    }
    sync();
  }

  private void offered(NodeId from, Message.Offer offer) {
    if (offer.term() != journal.term() || role != Role.FOLLOWER) {
      return;
    }
    if (offer.index() > commit) {
      above.offered(from, offer);
    } else {
      wire.accept(from, new Message.Appended(journal.term(), offer.term(), true, commit, 0, 0));
    }
  }

  /** The journal was compacted, or begins anew with a snapshot. */
  void rebased() {
    commit = Math.max(commit, journal.baseIndex());
  }

  void take(NodeId from, Message message) {
    if (over) {
      return;
    }
    if (message instanceof Message.AskVote ask) {
      asked(from, ask);
    } else if (message instanceof Message.Vote vote) {
      voted(from, vote);
    } else if (message instanceof Message.Append append) {
      appended(from, append);
    } else if (message instanceof Message.Appended answer) {
      answered(from, answer);
    } else if (message instanceof Message.Offer offer) {
      offered(from, offer);
    } else if (message instanceof Message.TakeOver order) {
      if (order.term() == journal.term() && journal.members().votes(self)) {
        stand(true);
      }
    }
  }
}
