package kvstore.replication.raft;

import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.core.State;
import com.alipay.sofa.jraft.entity.PeerId;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds how long a group is without a leader. The Raft library's timers fire every one to two
 * election timeouts, without regard to when the leader was last heard, and an election begins when
 * one happens to fire after an election timeout of silence: up to three of them after the leader's
 * last word. Here each voter stands a third of an election timeout after that silence, one after
 * the other, and again while no leader speaks, if none of the timers was earlier.
 *
 * <p>Tries for ten election timeouts; who is without a majority for longer is left to the timers.
 *
 * <p>Runs on one thread at a time.
 */
final class SilenceWatch implements Runnable {

  private static final Logger LOGGER = LoggerFactory.getLogger(SilenceWatch.class);

  private static final int TRIES_FOR_TIMEOUTS = 10;

  private final RaftContext context;
  private final Supplier<Collection<JRaftReplicatedLog>> logs;
  private final ScheduledExecutorService scheduler;

  /** Those that stand just now, or wait for a thread or the library's lock to do so. */
  private final Set<JRaftReplicatedLog> standing = ConcurrentHashMap.newKeySet();

  private final long timeoutNanos;
  private final long patienceNanos;
  private final long turnNanos;
  private final long retryNanos;

  SilenceWatch(
      RaftContext context,
      Supplier<Collection<JRaftReplicatedLog>> logs,
      ScheduledExecutorService scheduler) {
    this.context = context;
    this.logs = logs;
    this.scheduler = scheduler;
    timeoutNanos = context.options().timings().electionTimeout().toNanos();
    patienceNanos = timeoutNanos / 3 * 4;
    turnNanos = timeoutNanos / 6;
    retryNanos = timeoutNanos / 2;
  }

  @Override
  public void run() {
    long now = System.nanoTime();
    long wait = patienceNanos;
    try {
      for (JRaftReplicatedLog log : logs.get()) {
        wait = Math.min(wait, lookAt(log, now));
      }
    } catch (RuntimeException e) {
      LOGGER.error("Watching for silent leaders failed; they are watched again soon", e);
    }
    try {
      var unused = scheduler.schedule(this, wait, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOGGER.debug("The host is closed");
    }
  }

  /** The time until the group is to be looked at again, above 0. */
  private long lookAt(JRaftReplicatedLog log, long now) {
    RaftReplica replica = log.replica();
    if (replica == null || replica.internals().state() != State.STATE_FOLLOWER) {
      return patienceNanos;
    }
    long silence = now - context.endpoint().traffic(log.group()).leaderNanos();
    if (silence < patienceNanos) {
      return patienceNanos - silence;
    }
    int turn = turn(replica);
    if (turn < 0 || silence >= TRIES_FOR_TIMEOUTS * timeoutNanos) {
      return patienceNanos;
    }
    long own = silence - patienceNanos - turn * turnNanos;
    if (own < 0) {
      return -own;
    }
    if (standing.add(log)) {
      stand(log, replica);
    }
    return retryNanos - own % retryNanos;
  }

  private void stand(JRaftReplicatedLog log, RaftReplica replica) {
    try {
      context
          .worker()
          .execute(() -> {
            try {
              replica.internals().standIfLeaderIsSilent();
            } finally {
              standing.remove(log);
            }
          });
    } catch (RejectedExecutionException e) {
      standing.remove(log);
    }
  }

  /** How many voters stand before this one, the silent leader left out; -1 if it is no voter. */
  private int turn(RaftReplica replica) {
    ConfigurationEntry members = replica.internals().configuration();
    PeerId self = replica.node().getServerId();
    if (members == null || !members.getConf().contains(self)) {
      return -1;
    }
    @Nullable PeerId leader = replica.node().getLeaderId();
    return (int)
        members.getConf().listPeers().stream()
            .filter(peer -> !peer.equals(leader) && peer.getIp().compareTo(self.getIp()) < 0)
            .count();
  }
}
