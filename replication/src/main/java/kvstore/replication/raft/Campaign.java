package kvstore.replication.raft;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Tries to be elected, again and again for a while: the other replicas may not be there yet. */
final class Campaign implements Runnable {

  private static final int TIMEOUTS = 4;
  private static final long PAUSE_MILLIS = 25;

  private final JRaftReplicatedLog log;
  private final Executor worker;
  private final long untilNanos;

  Campaign(JRaftReplicatedLog log, RaftContext context) {
    this.log = log;
    this.worker = context.worker();
    this.untilNanos =
        System.nanoTime() + context.options().timings().electionTimeout().toNanos() * TIMEOUTS;
  }

  @Override
  public void run() {
    RaftReplica current = log.replica();
    if (current == null
        || log.leadership().leader() != null
        || System.nanoTime() - untilNanos > 0) {
      return;
    }
    current.internals().campaign();
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, worker).execute(this);
  }
}
