package kvstore.replication.raft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import kvstore.replication.StateMachine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the snapshots of one group's replica, one at a time: what is asked for meanwhile is left
 * out, or stays wanted until the next look of the {@link ReplicaKeeper}. On a thread of its own,
 * since preparing one takes time, and so may the library's lock, which it also holds while it
 * renames folders. Any thread may call any method.
 */
final class SnapshotTaker {

  private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotTaker.class);

  /** Whether to take one. */
  enum Worth {
    YES,
    /** What was wanted is there. */
    NOTHING_NEW,
    NOT_YET
  }

  /** One life of the replica. */
  interface Life {
    /** Bytes of entries that the log has taken in this life. */
    long appendedBytes();

    /** Begins a snapshot; {@code done} hears of it, now or later, on any thread. */
    void snapshot(Closure done);
  }

  private final String group;
  private final StateMachine stateMachine;
  private final Executor executor;
  private final SnapshotSchedule schedule;
  private final Supplier<? extends @Nullable Life> life;
  private final AtomicBoolean underWay = new AtomicBoolean();
  private volatile boolean wanted;

  /**
   * @param executor one thread
   * @param life the current one; null between two
   */
  SnapshotTaker(
      String group,
      StateMachine stateMachine,
      Executor executor,
      SnapshotSchedule schedule,
      Supplier<? extends @Nullable Life> life) {
    this.group = group;
    this.stateMachine = stateMachine;
    this.executor = executor;
    this.schedule = schedule;
    this.life = life;
  }

  /** One is to be taken however little the log has grown. */
  void want() {
    wanted = true;
  }

  boolean isWanted() {
    return wanted;
  }

  boolean isDue(long appendedBytes) {
    return schedule.isDue(appendedBytes, System.nanoTime());
  }

  /** A new life has begun; what was under way in the last one may never be heard of. */
  void restarted() {
    schedule.restarted();
    underWay.set(false);
  }

  /**
   * @param judge asked right before a snapshot is taken
   */
  void begin(Supplier<Worth> judge) {
    if (!underWay.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(() -> take(judge));
    } catch (RejectedExecutionException e) {
      underWay.set(false); // the node stops
    }
  }

  private void take(Supplier<Worth> judge) {
    boolean begun = false;
    try {
      Life current = life.get();
      if (current == null) {
        return;
      }
      boolean wish = wanted;
      wanted = false; // before anything is looked at, so that a wish that comes later stays
      Worth worth = judge.get();
      if (worth == Worth.NOT_YET) {
        restore(wish);
      } else if (worth == Worth.YES) {
        schedule.taken(current.appendedBytes(), System.nanoTime());
        prepare();
        current.snapshot(status -> ended(status, wish));
        begun = true;
      }
    } finally {
      if (!begun) {
        underWay.set(false);
      }
    }
  }

  private void restore(boolean wish) {
    if (wish) {
      wanted = true;
    }
  }

  private void prepare() {
    try {
      stateMachine.prepareSnapshot();
    } catch (IOException | RuntimeException e) {
      LOGGER.warn("{}: a snapshot could not be prepared", group, e); // taking it tells the rest
    }
  }

  private void ended(Status status, boolean wish) {
    if (!status.isOk()) {
      restore(wish);
      LOGGER.info("{}: no snapshot was taken: {}", group, status.getErrorMsg());
    }
    underWay.set(false);
  }
}
