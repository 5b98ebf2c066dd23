package kvstore.server.router;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.transport.PeerCalls;
import kvstore.server.router.ForwardCodec.NotTaken;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardCommand;
import org.jspecify.annotations.Nullable;

/**
 * The way to one shard from this node: the local replica while it leads, else the leader over the
 * peer connection, else a bounded wait for one. While no leader is known, or the one known has
 * failed us, the shard's replicas are asked in turn.
 *
 * <p>Order. A leader accepts commands of a term only while it leads in it, so once it has refused
 * one of ours it refuses all later ones we sent for that term; they come back here in order and
 * leave again by their sequence number. A command whose connection waits for an earlier one does
 * not go to another leader before the former one has answered all that it was sent; nor does it
 * leave here for slots that came from another shard before that shard's leader has answered what it
 * was sent. Only what was certainly not applied is sent again, and reads.
 *
 * <p>What could not be sent spoils its target: what was sent to it after that, which may be on its
 * way to the transport on another thread, is called back ({@link Forwarder}).
 *
 * <p>A write whose leader was lost comes back too, in doubt: a leader of a later term is asked what
 * became of it. A leader that does not answer while another node leads in a later term counts as
 * lost.
 *
 * <p>Any thread may call any method.
 */
final class ShardRoute implements Forwarder.Sender {

  private static final long RETRY_MILLIS = 5;

  /**
   * So often leaders that owe answers are looked after. One that has a successor has as long again
   * to answer by itself, as it does if it has just handed over.
   */
  private static final long WATCH_MILLIS = 100;

  /**
   * What all routes of a node share.
   *
   * @param replicas the nodes that hold or shall hold a replica of a shard
   * @param sequence numbers the commands, over all routes, so that one that changes its route keeps
   *     its place before what came later
   * @param waitingBytes of the commands that wait for a leader, over all routes
   */
  record Ways(
      PeerCalls transport,
      LocalShards shards,
      Leaders leaders,
      IntFunction<List<NodeId>> replicas,
      Forwarder forwarder,
      AtomicLong sequence,
      AtomicLong waitingBytes,
      ScheduledExecutorService timer,
      LongSupplier nanoTime) {}

  /**
   * What a route leaves to those that its slots have gone to.
   *
   * @param targets that may still hold commands for these slots
   * @param waiting commands for these slots that were not sent yet, in order
   */
  record Legacy(List<Target> targets, List<Routed> waiting) {}

  private enum Sending {
    SENT,
    /** No leader is known, or the command must wait for earlier ones. */
    HELD,
    /** The newest shard map sends it another way. */
    GONE
  }

  private final int number;
  private final NodeId self;
  private final Ways ways;

  private final Object lock = new Object();
  // guarded by lock
  private final WaitingRoom waiting;
  private final List<Target> former = new ArrayList<>();
  private boolean retryScheduled;
  private int holds;
  private int turn;

  /** Whether leaders that owe answers are being looked after; written under the lock. */
  private volatile boolean watching;

  /** A log index that some leader has applied: what is sent from now on comes after. */
  private volatile long applied;

  /** Read without the lock, to pass the queue by while it is empty. */
  private volatile boolean anyWaiting;

  private final AtomicBoolean asking = new AtomicBoolean();

  /** To whom commands go now; changed under the lock. */
  private volatile @Nullable Target current;

  /** Whether {@link #former} had any when last looked at. */
  private volatile boolean anyFormer;

  /** A leader that did not answer as one; not asked again until another node vouches for it. */
  private volatile @Nullable Target doubted;

  ShardRoute(int number, Ways ways) {
    this.number = number;
    this.self = ways.transport().self();
    this.ways = ways;
    this.waiting = new WaitingRoom(ways.waitingBytes());
  }

  int number() {
    return number;
  }

  void submit(Routed routed) {
    if (routed.mode() == ReadMode.STALE && !routed.writes() && sendStale(routed)) {
      return;
    }
    if (routed.sequence() == 0) {
      routed.setSequence(ways.sequence().incrementAndGet());
    }
    switch (anyWaiting ? Sending.HELD : send(routed)) {
      case HELD -> await(routed, NotTaken.Why.NOT_LEADING);
      case GONE -> routed.reroute();
      case SENT -> {}
    }
  }

  /** Sends nothing until {@link #release}: slots of another shard are about to come here. */
  void hold() {
    synchronized (lock) {
      holds++;
      anyWaiting = true;
    }
  }

  /**
   * To be called once the newest shard map has taken slots from this shard, while the routes that
   * have got them are held.
   */
  Legacy handOver() {
    synchronized (lock) {
      List<Routed> gone = new ArrayList<>();
      List<Routed> stay = new ArrayList<>();
      for (Routed next : waiting.takeAll()) {
        (next.belongsTo(this) ? stay : gone).add(next);
      }
      stay.forEach(waiting::add);
      Target now = current;
      if (now != null) {
        // its successor is the same leader, but counts only what is sent from now on
        former.add(now);
        current = null;
      }
      anyFormer = !former.isEmpty();
      return new Legacy(List.copyOf(former), gone);
    }
  }

  /** Ends {@link #hold}; ordered commands wait for {@code earlier} first. */
  void release(List<Target> earlier) {
    synchronized (lock) {
      former.addAll(earlier);
      anyFormer = !former.isEmpty();
      holds--;
    }
    retry();
  }

  /** To be called whenever another leader is known, or another shard map. */
  void leadershipChanged() {
    if (anyWaiting) {
      retry();
    }
  }

  int waiting() {
    synchronized (lock) {
      return waiting.size();
    }
  }

  /** Any replica will do, the nearest first; false if there is none. */
  private boolean sendStale(Routed routed) {
    Shard local = ways.shards().find(number);
    if (local != null) {
      local.readStale(attempt(local, routed));
      return true;
    }
    NodeId chosen = null;
    for (NodeId replica : ways.replicas().apply(number)) {
      if (!replica.equals(self) && (chosen == null || ways.transport().isConnected(replica))) {
        chosen = replica;
      }
    }
    if (chosen == null) {
      return false;
    }
    ways.forwarder().forward(chosen, Target.ANY_TERM, number, routed, this);
    return true;
  }

  private Sending send(Routed routed) {
    Shard local = ways.shards().find(number);
    Leadership leadership = local == null ? null : local.leadership();
    if (local != null && leadership != null && leadership.isLeader()) {
      Sending sending = reserve(self, leadership.term(), routed);
      if (sending == Sending.SENT) {
        local.submit(attempt(local, routed), leadership.term());
      }
      return sending;
    }
    NodeId leader = leadership == null ? null : leadership.leader();
    long term = leader == null || leadership == null ? -1 : leadership.term();
    Leaders.Known known = ways.leaders().of(number);
    if (known != null && known.term() > term) {
      leader = known.node();
      term = known.term();
    }
    Target doubt = doubted;
    if (leader == null || leader.equals(self) || (doubt != null && doubt.is(leader, term))) {
      askWhoLeads();
      return Sending.HELD;
    }
    Sending sending = reserve(leader, term, routed);
    if (sending == Sending.SENT) {
      routed.setSentAfter(local == null ? applied : Math.max(applied, local.appliedIndex()));
      ways.forwarder().forward(leader, term, number, routed, this);
      if (!watching) {
        startWatching();
      }
    }
    return sending;
  }

  /** Some replica, one at a time; the answer lets go what waits. */
  private void askWhoLeads() {
    NodeId asked = nextInTurn();
    if (asked == null || !asking.compareAndSet(false, true)) {
      return;
    }
    ways.forwarder()
        .askWhoLeads(
            asked,
            number,
            leader -> {
              asking.set(false);
              Target doubt = doubted;
              if (leader != null && doubt != null && doubt.is(leader.node(), leader.term())) {
                doubted = null;
              }
              if (leader != null) {
                ways.leaders().offer(number, leader);
              }
            });
  }

  /** Some replica of the shard, another at each call; null if none is elsewhere. */
  private @Nullable NodeId nextInTurn() {
    List<NodeId> replicas = ways.replicas().apply(number);
    synchronized (lock) {
      for (int i = 0; i < replicas.size(); i++) {
        NodeId replica = replicas.get(Math.floorMod(turn++, replicas.size()));
        if (!replica.equals(self)) {
          return replica;
        }
      }
    }
    return null;
  }

  /**
   * Counts the command among those that a leader has yet to answer, unless it may not go there, and
   * makes sure that this was seen by whoever changes the leader or the shard map from now on.
   */
  private Sending reserve(NodeId node, long term, Routed routed) {
    while (true) {
      Target target = mayGo(node, term, routed);
      if (target == null) {
        return Sending.HELD;
      }
      target.sent();
      if (!routed.belongsTo(this)) {
        target.answered();
        return Sending.GONE;
      }
      if (target == current) {
        routed.setTarget(target);
        return Sending.SENT;
      }
      target.answered();
    }
  }

  /** The target, unless the command has to wait until former ones have answered. */
  private @Nullable Target mayGo(NodeId node, long term, Routed routed) {
    Target now = current;
    if (now != null && now.takes(node, term) && !(routed.ordered() && anyFormer)) {
      return now;
    }
    synchronized (lock) {
      now = current;
      if (now == null || !now.takes(node, term)) {
        if (now != null) {
          former.add(now);
        }
        now = new Target(number, node, term);
        current = now;
      }
      former.removeIf(Target::isIdle);
      anyFormer = !former.isEmpty();
      return routed.ordered() && anyFormer ? null : now;
    }
  }

  private ShardCommand attempt(Shard local, Routed routed) {
    return new ShardCommand(
        routed.command(),
        routed.mode(),
        routed.ordered(),
        routed.deadlineNanos(),
        routed.doubt(),
        new ShardCommand.Completion() {
          @Override
          public void done(Outcome outcome) {
            answered(routed);
            routed.done(outcome, new SlotRange(local.firstSlot(), local.lastSlot()));
          }

          @Override
          public void failed(Unavailable reason) {
            answered(routed);
            routed.ended(reason);
          }

          @Override
          public void notLeading() {
            again(routed, NotTaken.NOT_LEADING);
          }

          @Override
          public void unanswered() {
            again(routed, NotTaken.UNANSWERED);
          }

          @Override
          public void elsewhere() {
            again(routed, NotTaken.ELSEWHERE);
          }
        });
  }

  /** The target has answered, however. */
  static void answered(Routed routed) {
    Target target = routed.target();
    if (target != null) {
      target.answered();
    }
  }

  /**
   * A command that was certainly not applied comes back to be sent again.
   *
   * <p>A leader that says "elsewhere" goes on to take what was sent after the command: if that may
   * be on another key of it, the command can not keep its place, and ends as not applied. So does a
   * read that got no answer, if something was sent after it: that may have taken effect, and the
   * read, made again, would show it.
   */
  @Override
  public void again(Routed routed, NotTaken why) {
    Target target = routed.target();
    if (why.elsewhere()) {
      routed.settled();
    }
    Leaders.Known hint = why.leader();
    boolean vouched =
        why.elsewhere() || (hint != null && target != null && target.is(hint.node(), hint.term()));
    if (target != null && !target.node().equals(self) && !vouched) {
      doubted = target;
    }
    // It waits at its place before anybody hears that a leader is known or that the former one has
    // answered: either lets later commands of its connection go.
    await(routed, why.why());
    if (target != null) {
      target.answered();
    }
    if (hint != null) {
      ways.leaders().offer(number, hint);
    }
  }

  /** What commands that are sent from now on come after. */
  @Override
  public void applied(long index) {
    if (index > applied) {
      applied = index; // a race may leave an older one, which is as true
    }
  }

  private void await(Routed routed, NotTaken.Why why) {
    boolean refused;
    boolean gone;
    synchronized (lock) {
      // whoever takes slots from this shard has told the map before it looks at what waits here
      gone = !routed.belongsTo(this);
      refused = !gone && waiting.isFull();
      if (!gone && !refused) {
        waiting.add(routed);
        anyWaiting = true;
        scheduleRetry();
      }
      // asked only now, for whatever follows from here on finds it waiting
      if (why == NotTaken.Why.IN_DOUBT && routed.isFollowed()) {
        routed.fallsBehind();
      }
      if (!refused && !routed.keepsItsPlace(why)) {
        waiting.remove(routed);
        gone = false;
        refused = true;
      }
    }
    if (gone) {
      routed.reroute();
    } else if (refused) {
      routed.failed(Unavailable.NOT_APPLIED);
    }
  }

  private void startWatching() {
    synchronized (lock) {
      if (!watching) {
        watching = true;
        ways.timer().schedule(this::watch, WATCH_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  /**
   * Looks after what was forwarded until all is answered: asks who leads if the leader is silent,
   * and gives up those that have a successor.
   */
  private void watch() {
    long newest = newestTerm();
    List<Target> lost = new ArrayList<>();
    boolean silent;
    synchronized (lock) {
      Target now = current;
      if (now != null && newest > now.term()) {
        former.add(now);
        current = null;
        now = null;
      }
      former.removeIf(Target::isIdle);
      anyFormer = !former.isEmpty();
      for (Target target : former) {
        // those of other shards, whose slots came here, are looked after by their own routes
        if (target.shard() == number && newest > target.term() && target.supersede()) {
          lost.add(target);
        }
      }
      silent = now != null && now.isSilent();
      watching = false; // told before it is asked, for who sends asks the other way round
      if (anyFormer || (now != null && !now.isIdle())) {
        startWatching();
      }
    }
    lost.forEach(Target::giveUp);
    if (silent) {
      askWhoLeads();
    }
  }

  /** The newest one that a leader is known of. */
  private long newestTerm() {
    Shard local = ways.shards().find(number);
    Leadership leadership = local == null ? null : local.leadership();
    Leaders.Known known = ways.leaders().of(number);
    long here = leadership == null || leadership.leader() == null ? 0 : leadership.term();
    return known == null ? here : Math.max(here, known.term());
  }

  private void scheduleRetry() {
    if (!retryScheduled) {
      retryScheduled = true;
      ways.timer().schedule(this::scheduledRetry, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void scheduledRetry() {
    synchronized (lock) {
      retryScheduled = false;
    }
    retry();
  }

  /** Sends what waits, in order, while there is a leader; gives up what has waited too long. */
  private void retry() {
    List<Routed> tooLate = new ArrayList<>();
    synchronized (lock) {
      if (holds == 0) {
        sendWaiting(tooLate);
      }
      anyWaiting = holds > 0 || !waiting.isEmpty();
      if (anyWaiting) {
        scheduleRetry();
      }
    }
    if (!tooLate.isEmpty()) {
      Shard local = ways.shards().find(number);
      Unavailable reason = local == null ? Unavailable.NO_MAJORITY : local.whyNoLeader();
      tooLate.forEach(routed -> routed.failed(reason));
    }
  }

  /** Sent under the lock, so that nothing that came later overtakes; sending never blocks. */
  private void sendWaiting(List<Routed> tooLate) {
    long now = ways.nanoTime().getAsLong();
    List<Routed> batch = waiting.takeAll();
    boolean held = false;
    for (Routed next : batch) {
      if (next.leaderWaitOver(now)) {
        tooLate.add(next);
      } else if ((held && next.ordered()) || send(next) != Sending.SENT) {
        // what held one may be over for the next, which must not overtake it; what has gone from
        // here is called for in a moment
        held = true;
        waiting.add(next);
      }
    }
  }
}
