package kvstore.replication.transport;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;

/**
 * The threads that run the Raft library's message handlers. None rejects a task while the transport
 * is open: what may queue here is bounded by what the transport lets in unanswered, above which it
 * stops reading. (The library's own pools reject when full, which has been seen to end replication
 * or heartbeats for good.)
 */
final class RaftExecutors {

  /** Enough that a group whose lock is held for long does not hold up the others. */
  private static final int THREADS = Math.max(4, Runtime.getRuntime().availableProcessors());

  private static final int FILE_THREADS = 2;

  /** A task that comes after the end must still settle what it holds. */
  private static final RejectedExecutionHandler AFTER_CLOSE = (task, pool) -> task.run();

  private final ThreadPoolExecutor control;
  private final ThreadPoolExecutor log;
  private final ThreadPoolExecutor files;
  private final ThreadPoolExecutor installs;

  RaftExecutors(NodeId self) {
    control = pool("raft-control-" + self, THREADS);
    log = pool("raft-log-" + self, THREADS);
    files = pool("raft-files-" + self, FILE_THREADS);
    // Installing a snapshot holds its thread until the files have come; there is at most one per
    // group at work, and those that come meanwhile are answered at once.
    installs =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DefaultThreadFactory("raft-install-" + self, true),
            AFTER_CLOSE);
  }

  private static ThreadPoolExecutor pool(String name, int threads) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory(name, true),
            AFTER_CLOSE);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** For votes, heartbeats and the like. */
  Executor control() {
    return control;
  }

  /** For log entries and the answers to them. */
  Executor log() {
    return log;
  }

  /** For reading snapshot files and taking them in. */
  Executor files() {
    return files;
  }

  /** For installing snapshots. */
  Executor installs() {
    return installs;
  }

  void close() {
    control.shutdown();
    log.shutdown();
    files.shutdown();
    installs.shutdown();
  }
}
