package kvstore.server.directory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.StateMachine;
import kvstore.server.directory.DirectoryException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * This node's replica of the directory. All methods may be called by any thread and do not block,
 * save {@link #close}. Stages end on the group's apply thread or on the timer: what depends on them
 * must not block either.
 */
public final class Directory implements AutoCloseable {

  /** Opens the group's log on a state machine. */
  @FunctionalInterface
  public interface LogOpener {
    ReplicatedLog open(StateMachine machine) throws IOException;
  }

  /** Told when this replica begins and ceases to lead; in order, on the timer's thread. */
  public interface Tenure {
    /** Everything earlier leaders did is in the {@code directory}'s state. */
    void began(Directory directory, long term);

    void ended();
  }

  /** Told of what the replica learns; on the apply thread. */
  interface Listener {
    void changed(ClusterState state);

    void leader(Leadership leadership);
  }

  private static final int MOST_PENDING = 1_024;
  private static final long PATIENCE_SECONDS = 10;

  private final ScheduledExecutorService timer;
  private final Tenure tenure;
  private final AtomicInteger pending = new AtomicInteger();
  private final Runnable closedListener;
  private final DirectoryMachine machine;
  private volatile @Nullable ReplicatedLog log;
  private boolean leads;
  private boolean closed;

  private Directory(
      Listener listener, Tenure tenure, ScheduledExecutorService timer, Runnable closedListener) {
    this.timer = timer;
    this.tenure = tenure;
    this.closedListener = closedListener;
    this.machine = new DirectoryMachine(events(listener));
  }

  /**
   * @param closedListener called once the replica is closed
   */
  static Directory open(
      LogOpener opener,
      Listener listener,
      Tenure tenure,
      ScheduledExecutorService timer,
      Runnable closedListener)
      throws IOException {
    Directory directory = new Directory(listener, tenure, timer, closedListener);
    directory.start(opener);
    return directory;
  }

  /** Holds off the news of leadership until there is a log to propose to. */
  private synchronized void start(LogOpener opener) throws IOException {
    log = opener.open(machine);
  }

  private DirectoryMachine.Events events(Listener listener) {
    return new DirectoryMachine.Events() {
      @Override
      public void changed(ClusterState state) {
        listener.changed(state);
      }

      @Override
      public void gained(long term) {
        onTimer(() -> begin(term));
      }

      @Override
      public void lost() {
        onTimer(Directory.this::end);
      }

      @Override
      public void leader(Leadership leadership) {
        listener.leader(leadership);
      }

      @Override
      public void stopped(Throwable cause) {
        onTimer(Directory.this::end);
      }
    };
  }

  private void onTimer(Runnable task) {
    try {
      timer.execute(task);
    } catch (RejectedExecutionException e) {
      // the node is closing: nobody is left to tell
    }
  }

  private synchronized void begin(long term) {
    if (closed || leadership().term() > term) {
      return;
    }
    end();
    leads = true;
    tenure.began(this, term);
  }

  private synchronized void end() {
    if (leads) {
      leads = false;
      tenure.ended();
    }
  }

  /** The newest leadership known. */
  public Leadership leadership() {
    ReplicatedLog opened = log;
    return opened == null ? new Leadership(Leadership.Role.OUT, 0, null) : opened.leadership();
  }

  /** The log itself, for reports and changes of members; null until it is open. */
  public @Nullable ReplicatedLog log() {
    return log;
  }

  /** What this replica has applied; stale if it does not lead. */
  public ClusterState state() {
    return machine.state();
  }

  /**
   * Has a command agreed on and applied; ends with the state it made. Fails with a {@link
   * DirectoryException}: refused; not leading, certainly without effect; or unknown.
   */
  public CompletionStage<ClusterState> propose(DirectoryCommand command) {
    ReplicatedLog opened = log;
    Leadership leadership = leadership();
    if (opened == null || !leadership.isLeader()) {
      return CompletableFuture.failedFuture(notLeading(leadership));
    }
    byte[] entry;
    try {
      entry = CommandCodec.encode(command);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(
          DirectoryException.refused(String.valueOf(e.getMessage())));
    }
    if (pending.incrementAndGet() > MOST_PENDING) {
      pending.decrementAndGet();
      return CompletableFuture.failedFuture(
          new DirectoryException(
              Reason.NOT_LEADING, "the directory has " + MOST_PENDING + " commands to do already"));
    }
    CompletableFuture<ClusterState> result = bounded();
    var unused = result.whenComplete((state, failure) -> pending.decrementAndGet());
    opened.propose(ByteBuffer.wrap(entry), leadership.term(), verdict(result));
    return result;
  }

  /**
   * The state with all that was agreed on before this call, if this replica leads and a majority
   * says so; fails with a {@link DirectoryException} that it does not lead otherwise.
   */
  public CompletionStage<ClusterState> read() {
    ReplicatedLog opened = log;
    Leadership leadership = leadership();
    if (opened == null || !leadership.isLeader()) {
      return CompletableFuture.failedFuture(notLeading(leadership));
    }
    CompletableFuture<ClusterState> result = bounded();
    opened.readBarrier(
        leadership.term(),
        new ReplicatedLog.Barrier() {
          @Override
          public void reached() {
            result.complete(machine.state());
          }

          @Override
          public void failed() {
            result.completeExceptionally(notLeading(leadership()));
          }
        });
    return result;
  }

  private CompletableFuture<ClusterState> bounded() {
    CompletableFuture<ClusterState> result = new CompletableFuture<>();
    try {
      ScheduledFuture<?> alarm =
          timer.schedule(
              () ->
                  result.completeExceptionally(
                      new DirectoryException(
                          Reason.UNKNOWN,
                          "the directory's majority did not answer within "
                              + PATIENCE_SECONDS
                              + " s")),
              PATIENCE_SECONDS,
              TimeUnit.SECONDS);
      var unused = result.whenComplete((state, failure) -> alarm.cancel(false));
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(
          new DirectoryException(Reason.NOT_LEADING, "this node is closing"));
    }
    return result;
  }

  private DirectoryMachine.Verdict verdict(CompletableFuture<ClusterState> result) {
    return new DirectoryMachine.Verdict() {
      @Override
      public void applied(ClusterState state) {
        result.complete(state);
      }

      @Override
      public void refused(DirectoryException reason) {
        result.completeExceptionally(reason);
      }

      @Override
      public void failed(Failure failure) {
        result.completeExceptionally(
            failure == Proposal.Failure.UNKNOWN
                ? new DirectoryException(
                    Reason.UNKNOWN, "the directory's leader was lost while it was asked")
                : notLeading(leadership()));
      }
    };
  }

  private static DirectoryException notLeading(Leadership leadership) {
    @Nullable NodeId leader = leadership.leader();
    return new DirectoryException(
        Reason.NOT_LEADING,
        "this node does not lead the directory; "
            + (leader == null ? "nobody is known to" : leader + " is thought to"));
  }

  /** Leaves the group in order. */
  @Override
  public void close() {
    ReplicatedLog opened = log;
    if (opened != null) {
      opened.close();
    }
    synchronized (this) {
      closed = true;
      end();
    }
    closedListener.run();
  }
}
