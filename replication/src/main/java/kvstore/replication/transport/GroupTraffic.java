package kvstore.replication.transport;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What a lease needs to know about one group's messages on this node. Times are of {@link
 * System#nanoTime}. Thread-safe.
 *
 * <p>Noted before the Raft library sees the message, so that whoever looks after the library has
 * answered a vote also sees every leader message the library had answered before that vote.
 */
public final class GroupTraffic {

  private static final long NEVER = Long.MIN_VALUE;

  private final AtomicLong leaderNanos;
  private final AtomicLong leaderTerm = new AtomicLong();
  private volatile long handOverTerm = NEVER;
  private volatile long handOverNanos;
  private final AtomicLong handedOverTerm = new AtomicLong(NEVER);

  /**
   * @param startNanos when this process began to answer; counts as heard from a leader, for what it
   *     promised before is forgotten
   */
  GroupTraffic(long startNanos) {
    this.leaderNanos = new AtomicLong(startNanos);
  }

  /** Entries, a heartbeat or a snapshot came from the leader of {@code term}. */
  void heardLeader(long term, long nowNanos) {
    if (term < leaderTerm.get()) {
      // A leader that has been replaced is about to learn it; it must not hold up elections.
      return;
    }
    leaderTerm.accumulateAndGet(term, Math::max);
    leaderNanos.accumulateAndGet(nowNanos, (a, b) -> a - b > 0 ? a : b);
  }

  /** The leader of {@code term} asked this node to take over. */
  void toldToTakeOver(long term, long nowNanos) {
    handOverNanos = nowNanos;
    handOverTerm = term;
  }

  /** This node, leading in {@code term}, asked another to take over. */
  void handedOver(long term) {
    handedOverTerm.accumulateAndGet(term, Math::max);
  }

  /**
   * When this node last heard from a leader whose term was not below one heard before; at least the
   * time this transport started.
   */
  public long leaderNanos() {
    return leaderNanos.get();
  }

  /** The highest term of a leader heard; 0 if none. */
  public long leaderTerm() {
    return leaderTerm.get();
  }

  /**
   * Whether a vote asked for by this node in {@code term} follows from a leader's wish to hand over
   * (TimeoutNow in the term before), no longer than {@code withinNanos} ago.
   */
  public boolean takesOver(long term, long nowNanos, long withinNanos) {
    return handOverTerm == term - 1 && nowNanos - handOverNanos <= withinNanos;
  }

  /**
   * Whether this node, as leader of {@code term}, has asked another to take over, however that
   * ended. The votes of that attempt may still be on their way, and voters grant them without
   * regard to a lease: <b>a leader must not trust its lease again in that term</b>.
   */
  public boolean handedOverIn(long term) {
    return handedOverTerm.get() == term;
  }
}
