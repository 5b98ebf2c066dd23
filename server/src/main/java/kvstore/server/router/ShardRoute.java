package kvstore.server.router;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.transport.PeerTransport;
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
 * not go to another leader before the former one has answered all that it was sent. Only what was
 * certainly not applied is sent again, and reads.
 *
 * <p>Any thread may call any method.
 */
final class ShardRoute {

  /** Commands waiting for a leader, at most; more are refused as not applied. */
  private static final int MAX_WAITING = 100_000;

  private static final long RETRY_MILLIS = 5;

  /**
   * What all routes of a node share.
   *
   * @param replicas the nodes that hold or shall hold a replica of a shard
   */
  record Ways(
      PeerTransport transport,
      LocalShards shards,
      Leaders leaders,
      IntFunction<List<NodeId>> replicas,
      Forwarder forwarder) {}

  private final int number;
  private final NodeId self;
  private final Ways ways;
  private final ScheduledExecutorService timer;
  private final AtomicLong sequence = new AtomicLong();

  private final Object lock = new Object();
  // guarded by lock
  private final PriorityQueue<Routed> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Routed::sequence));
  private final List<Target> former = new ArrayList<>();
  private boolean retryScheduled;
  private int turn;

  /** Read without the lock, to pass the queue by while it is empty. */
  private volatile boolean anyWaiting;

  private final AtomicBoolean probing = new AtomicBoolean();

  /** To whom commands go now; changed under the lock. */
  private volatile @Nullable Target current;

  /** Whether {@link #former} had any when last looked at. */
  private volatile boolean anyFormer;

  /** A leader that did not answer as one; not asked again until another node vouches for it. */
  private volatile @Nullable Target doubted;

  ShardRoute(int number, Ways ways, ScheduledExecutorService timer) {
    this.number = number;
    this.self = ways.transport().self();
    this.ways = ways;
    this.timer = timer;
  }

  int number() {
    return number;
  }

  void submit(Routed routed) {
    if (routed.mode() == ReadMode.STALE && !routed.writes() && sendStale(routed)) {
      return;
    }
    routed.setSequence(sequence.incrementAndGet());
    if (anyWaiting || !send(routed)) {
      await(routed);
    }
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
    ways.forwarder().forward(chosen, Target.ANY_TERM, number, routed, this::again);
    return true;
  }

  /** False if no leader is known, or the command must wait for earlier ones. */
  private boolean send(Routed routed) {
    Shard local = ways.shards().find(number);
    Leadership leadership = local == null ? null : local.leadership();
    if (local != null && leadership != null && leadership.isLeader()) {
      Target target = mayGo(self, leadership.term(), routed);
      if (target == null) {
        return false;
      }
      dispatch(routed, target);
      local.submit(attempt(local, routed), leadership.term());
      return true;
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
      return probe(routed);
    }
    Target target = mayGo(leader, term, routed);
    if (target == null) {
      return false;
    }
    dispatch(routed, target);
    ways.forwarder().forward(leader, term, number, routed, this::again);
    return true;
  }

  /**
   * Asks some replica who leads, with the command for an excuse; one at a time, since while there
   * is no leader all that wait would be sent in vain, again and again.
   */
  private boolean probe(Routed routed) {
    NodeId asked = nextInTurn();
    if (asked == null || !probing.compareAndSet(false, true)) {
      return false;
    }
    routed.setTarget(null);
    ways.forwarder()
        .forward(
            asked,
            Target.ANY_TERM,
            number,
            routed,
            (returned, hint) -> {
              probing.set(false);
              again(returned, hint);
            });
    return true;
  }

  private static void dispatch(Routed routed, Target target) {
    target.sent();
    routed.setTarget(target);
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

  /** The target, unless the command has to wait until former ones have answered. */
  private @Nullable Target mayGo(NodeId node, long term, Routed routed) {
    Target now = current;
    if (now != null && now.is(node, term) && !(routed.ordered() && anyFormer)) {
      return now;
    }
    synchronized (lock) {
      now = current;
      if (now == null || !now.is(node, term)) {
        if (now != null) {
          former.add(now);
        }
        now = new Target(node, term);
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
        new ShardCommand.Completion() {
          @Override
          public void done(Outcome outcome) {
            answered(routed);
            routed.done(outcome, new SlotRange(local.firstSlot(), local.lastSlot()));
          }

          @Override
          public void failed(Unavailable reason) {
            answered(routed);
            routed.failed(reason);
          }

          @Override
          public void notLeading() {
            again(routed, null);
          }

          @Override
          public void elsewhere() {
            again(routed, null);
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
   * @param hint who leads, as far as the node asked knows
   */
  private void again(Routed routed, Leaders.@Nullable Known hint) {
    Target target = routed.target();
    boolean vouched = hint != null && target != null && target.is(hint.node(), hint.term());
    if (target != null && !target.node().equals(self) && !vouched) {
      doubted = target;
    }
    Target doubt = doubted;
    if (hint != null && target == null && doubt != null && doubt.is(hint.node(), hint.term())) {
      doubted = null;
    }
    // It waits at its place before anybody hears that a leader is known or that the former one has
    // answered: either lets later commands of its connection go.
    if (routed.belongsTo(this)) {
      await(routed);
    } else {
      routed.reroute();
    }
    if (target != null) {
      target.answered();
    }
    if (hint != null) {
      ways.leaders().offer(number, hint);
    }
  }

  private void await(Routed routed) {
    boolean full;
    synchronized (lock) {
      full = waiting.size() >= MAX_WAITING;
      if (!full) {
        waiting.add(routed);
        anyWaiting = true;
        scheduleRetry();
      }
    }
    if (full) {
      routed.failed(Unavailable.NOT_APPLIED);
    }
  }

  private void scheduleRetry() {
    if (!retryScheduled) {
      retryScheduled = true;
      timer.schedule(this::scheduledRetry, RETRY_MILLIS, TimeUnit.MILLISECONDS);
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
    List<Routed> gone = new ArrayList<>();
    synchronized (lock) {
      long now = System.nanoTime();
      // Sent under the lock, so that nothing that came later overtakes; sending never blocks.
      List<Routed> batch = new ArrayList<>(waiting.size());
      for (Routed next = waiting.poll(); next != null; next = waiting.poll()) {
        if (next.leaderWaitOver(now)) {
          tooLate.add(next);
        } else if (!next.belongsTo(this)) {
          gone.add(next);
        } else {
          batch.add(next);
        }
      }
      boolean held = false;
      for (Routed next : batch) {
        // what held one may be over for the next, which must not overtake it
        if ((held && next.ordered()) || !send(next)) {
          held = true;
          waiting.add(next);
        }
      }
      anyWaiting = !waiting.isEmpty();
      if (anyWaiting) {
        scheduleRetry();
      }
    }
    gone.forEach(Routed::reroute);
    if (!tooLate.isEmpty()) {
      Shard local = ways.shards().find(number);
      Unavailable reason = local == null ? Unavailable.NO_MAJORITY : local.whyNoLeader();
      tooLate.forEach(routed -> routed.failed(reason));
    }
  }
}
