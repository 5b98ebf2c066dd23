package kvstore.replication.raft;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import kvstore.replication.DamagedStateException;
import kvstore.replication.Leadership;
import kvstore.replication.ReplicatedLog.Progress;
import kvstore.replication.log.LogCorruptedException;
import kvstore.replication.log.SharedLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the replicas of a node: begins a new life of one that has failed, or that leads and
 * gets nothing committed, with growing pauses; reads the shared log again after it failed (a full
 * disk that has room again); stops a replica that has been removed from its group; takes snapshots
 * when they are due. A replica whose log is damaged stays out.
 *
 * <p>Called by one thread.
 */
final class ReplicaKeeper implements Runnable {

  private static final Logger LOGGER = LoggerFactory.getLogger(ReplicaKeeper.class);

  /**
   * @param sinceNanos when the progress was first seen as it is
   */
  private record Seen(long committedIndex, long sinceNanos) {}

  private final RaftContext context;
  private final Supplier<Collection<JRaftReplicatedLog>> logs;
  private final Map<JRaftReplicatedLog, Seen> seen = new HashMap<>();
  private final Map<JRaftReplicatedLog, Backoff> retries = new HashMap<>();

  /** Replicas stopped because they were removed, and when. */
  private final Map<JRaftReplicatedLog, Long> removed = new HashMap<>();

  private final Set<JRaftReplicatedLog> damaged = new HashSet<>();
  private final Backoff forLog;

  ReplicaKeeper(RaftContext context, Supplier<Collection<JRaftReplicatedLog>> logs) {
    this.context = context;
    this.logs = logs;
    this.forLog = newBackoff();
  }

  @Override
  public void run() {
    try {
      Collection<JRaftReplicatedLog> all = logs.get();
      context.fetches().renew();
      seen.keySet().retainAll(all);
      retries.keySet().retainAll(all);
      removed.keySet().retainAll(all);
      damaged.retainAll(all);
      if (context.log().failure() != null) {
        repairLog(all);
        return;
      }
      forLog.well();
      for (JRaftReplicatedLog log : all) {
        lookAfter(log);
      }
    } catch (RuntimeException e) {
      LOGGER.error("Looking after the replicas failed; they are looked after again soon", e);
    }
  }

  private void lookAfter(JRaftReplicatedLog log) {
    if (log.isClosed() || damaged.contains(log) || staysRemoved(log)) {
      return;
    }
    Backoff retry = retries.computeIfAbsent(log, l -> newBackoff());
    if (log.isDamaged()) {
      LOGGER.error("{}: entries cannot be read; this replica stays out", log.group());
      damaged.add(log);
      log.end();
      return;
    }
    if (log.isStateDamaged()) {
      boolean arrived = context.fetches().hasArrived(log.group());
      if (arrived || (retry.isDue() && !context.fetches().isUnderWay(log.group()))) {
        rebuild(log, retry);
      }
      return;
    }
    if (log.isBroken()) {
      if (retry.isDue()) {
        LOGGER.warn("{}: the replica has failed and is restarted", log.group());
        log.end();
        begin(log, retry);
      }
      return;
    }
    retry.well();
    if (log.isRemoved() && silence(log) > context.options().timings().longestRetry().toNanos()) {
      LOGGER.info("{}: this node is no member any more, its replica stops", log.group());
      removed.put(log, System.nanoTime());
      log.end();
    } else if (isStalled(log)) {
      LOGGER.warn("{}: commits nothing although a majority answers; restarted", log.group());
      log.end();
      begin(log, retry);
    } else {
      log.standIfWhole();
      log.snapshotIfDue();
    }
  }

  /**
   * A removed replica begins again when a leader speaks to it, which has made it a member again.
   */
  private boolean staysRemoved(JRaftReplicatedLog log) {
    Long stopped = removed.get(log);
    if (stopped == null) {
      return false;
    }
    if (context.endpoint().traffic(log.group()).leaderNanos() - stopped <= 0) {
      return true;
    }
    removed.remove(log);
    return false;
  }

  private long silence(JRaftReplicatedLog log) {
    return System.nanoTime() - context.endpoint().traffic(log.group()).leaderNanos();
  }

  /** Every replica ends, for none may acknowledge anything on a log that is being read again. */
  private void repairLog(Collection<JRaftReplicatedLog> all) {
    IOException failure = context.log().failure();
    if (failure instanceof LogCorruptedException || !forLog.isDue()) {
      return;
    }
    all.forEach(JRaftReplicatedLog::end);
    try {
      LOGGER.warn("The shared log is read again after a failure");
      context.log().reopen();
    } catch (IOException e) {
      boolean full = SharedLog.isNoSpace(e);
      LOGGER.error(
          "The shared log cannot be used{}: {}", full ? ", disk full" : "", e.getMessage());
      forLog.postpone();
      return;
    }
    // It failed once: the next failure must not be answered at once.
    forLog.postpone();
    for (JRaftReplicatedLog log : all) {
      if (!log.isClosed() && !removed.containsKey(log) && !damaged.contains(log)) {
        begin(log, retries.computeIfAbsent(log, l -> newBackoff()));
      }
    }
  }

  private void rebuild(JRaftReplicatedLog log, Backoff retry) {
    log.end();
    try {
      log.rebuildState();
    } catch (DamagedStateException e) {
      LOGGER.error(
          "{}: the damaged state cannot be rebuilt from what this node holds; nothing is deleted,"
              + " and a snapshot is asked of the other nodes: {}",
          log.group(),
          e.getMessage());
      fetch(log);
      retry.postpone();
      return;
    } catch (IOException | RuntimeException e) {
      LOGGER.error(
          "{}: the damaged state cannot be rebuilt now, which is tried again: {}",
          log.group(),
          e.toString());
      retry.postpone();
      return;
    }
    LOGGER.warn("{}: the damaged state was replaced; the log is applied again", log.group());
    begin(log, retry);
  }

  private static void fetch(JRaftReplicatedLog log) {
    try {
      log.fetchSnapshot();
    } catch (IOException | RuntimeException e) {
      LOGGER.error("{}: the log cannot be read: {}", log.group(), e.toString());
    }
  }

  private void begin(JRaftReplicatedLog log, Backoff retry) {
    seen.remove(log);
    try {
      log.begin();
    } catch (LogCorruptedException e) {
      damaged.add(log);
      LOGGER.error("{}: stays out: {}", log.group(), e.getMessage());
    } catch (IOException | RuntimeException e) {
      LOGGER.error("{}: could not be restarted: {}", log.group(), e.toString());
    }
    retry.postpone();
  }

  private Backoff newBackoff() {
    return new Backoff(context.options().timings(), System::nanoTime);
  }

  private boolean isStalled(JRaftReplicatedLog log) {
    Leadership leadership = log.leadership();
    Progress progress = log.progress();
    if (!leadership.isLeader()
        || !log.leaseHolds(leadership.term())
        || progress.lastIndex() <= progress.committedIndex()) {
      seen.remove(log);
      return false;
    }
    long now = System.nanoTime();
    @Nullable Seen before = seen.get(log);
    if (before == null || before.committedIndex != progress.committedIndex()) {
      seen.put(log, new Seen(progress.committedIndex(), now));
      return false;
    }
    return now - before.sinceNanos > context.options().timings().stallLimit().toNanos();
  }
}
