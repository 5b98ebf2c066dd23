package kvstore.server.router;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.engine.command.Outcome;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardCommand;

/**
 * The way to one shard from this node: the local replica while it leads, else the leader over the
 * peer connection, else a bounded wait for one.
 *
 * <p>Order. A leader accepts commands of a term only while it leads in it, so once it has refused
 * one of ours it refuses all later ones we sent for that term; they come back here in order and
 * leave again by their sequence number. Only what was certainly not applied is sent again, and
 * reads.
 *
 * <p>Any thread may call any method.
 */
final class ShardRoute {

  /** Commands waiting for a leader, at most; more are refused as not applied. */
  private static final int MAX_WAITING = 100_000;

  private static final long RETRY_MILLIS = 5;

  private final Shard local;
  private final NodeId self;
  private final Forwarder forwarder;
  private final ScheduledExecutorService timer;
  private final AtomicLong sequence = new AtomicLong();

  private final Object lock = new Object();
  // guarded by lock
  private final PriorityQueue<Routed> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Routed::sequence));
  private boolean retryScheduled;

  /** Read without the lock, to pass the queue by while it is empty. */
  private volatile boolean anyWaiting;

  ShardRoute(Shard local, NodeId self, Forwarder forwarder, ScheduledExecutorService timer) {
    this.local = local;
    this.self = self;
    this.forwarder = forwarder;
    this.timer = timer;
  }

  void submit(Routed routed) {
    if (routed.mode() == ReadMode.STALE && !routed.writes()) {
      local.readStale(attempt(routed));
      return;
    }
    routed.setSequence(sequence.incrementAndGet());
    if (anyWaiting || !send(routed)) {
      await(routed);
    }
  }

  /** To be called whenever the local replica learns of another leader. */
  void leadershipChanged() {
    retry();
  }

  int waiting() {
    synchronized (lock) {
      return waiting.size();
    }
  }

  /** False if no leader is known. */
  private boolean send(Routed routed) {
    Leadership leadership = local.leadership();
    if (leadership.isLeader()) {
      local.submit(attempt(routed), leadership.term());
      return true;
    }
    NodeId leader = leadership.leader();
    if (leader == null || leader.equals(self)) {
      return false; // none, or this node, which has yet to apply what came before its term
    }
    forwarder.forward(leader, leadership.term(), routed, this::again);
    return true;
  }

  private ShardCommand attempt(Routed routed) {
    return new ShardCommand(
        routed.command(),
        routed.mode(),
        routed.ordered(),
        routed.deadlineNanos(),
        new ShardCommand.Completion() {
          @Override
          public void done(Outcome outcome) {
            routed.done(outcome);
          }

          @Override
          public void failed(Unavailable reason) {
            routed.failed(reason);
          }

          @Override
          public void notLeading() {
            again(routed);
          }

          @Override
          public void elsewhere() {
            again(routed);
          }
        });
  }

  /** A command that was certainly not applied comes back to be sent again. */
  private void again(Routed routed) {
    await(routed);
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
    synchronized (lock) {
      long now = System.nanoTime();
      waiting.removeIf(routed -> {
        boolean over = routed.leaderWaitOver(now);
        if (over) {
          tooLate.add(routed);
        }
        return over;
      });
      // Sent under the lock, so that nothing that came later overtakes; sending never blocks.
      List<Routed> batch = new ArrayList<>(waiting.size());
      for (Routed next = waiting.poll(); next != null; next = waiting.poll()) {
        batch.add(next);
      }
      for (int i = 0; i < batch.size(); i++) {
        if (!send(batch.get(i))) {
          waiting.addAll(batch.subList(i, batch.size()));
          break;
        }
      }
      anyWaiting = !waiting.isEmpty();
      if (anyWaiting) {
        scheduleRetry();
      }
    }
    if (!tooLate.isEmpty()) {
      Unavailable reason = local.whyNoLeader();
      tooLate.forEach(routed -> routed.failed(reason));
    }
  }
}
