package kvstore.replication.transport;

import java.util.concurrent.TimeUnit;

/**
 * Lets one candidate of a group go first. Two followers that miss their leader at the same moment
 * grant each other's pre-vote and then vote each for itself, so that neither is elected before a
 * vote timeout has passed. Here, who has granted a pre-vote makes no use of those that it is given
 * itself for a moment; of two that have asked each other, that is the one with the lesser id.
 *
 * <p>All it does is to make pre-votes fail, as a lost message would, so no promise rests on it. A
 * candidate that can not win holds up a node no longer than a fifth of the time.
 *
 * <p>Times are of {@link System#nanoTime}. Thread-safe.
 */
final class Courtesy {

  /** Enough for a vote that is stored on a busy disk. */
  static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  static final long PERIOD_NANOS = 5 * MOMENT_NANOS;

  private long askedNanos;
  private long gaveWayNanos;

  /**
   * @param nowNanos a time before which nothing of this has happened
   */
  Courtesy(long nowNanos) {
    askedNanos = nowNanos - PERIOD_NANOS;
    gaveWayNanos = nowNanos - PERIOD_NANOS;
  }

  /** Whether this node may ask another for a pre-vote now; if so, it is taken for asked. */
  synchronized boolean mayAsk(long nowNanos) {
    if (givesWay(nowNanos)) {
      return false;
    }
    askedNanos = nowNanos;
    return true;
  }

  /** Whether this node may make use now of a pre-vote that it asked for. */
  synchronized boolean mayUse(long nowNanos) {
    return !givesWay(nowNanos);
  }

  /**
   * This node is about to tell another that it would vote for it.
   *
   * @param precedes whether the other goes first if this node has asked too
   */
  synchronized void granted(boolean precedes, long nowNanos) {
    boolean asks = nowNanos - askedNanos < MOMENT_NANOS;
    if ((precedes || !asks) && nowNanos - gaveWayNanos >= PERIOD_NANOS) {
      gaveWayNanos = nowNanos;
    }
  }

  private boolean givesWay(long nowNanos) {
    return nowNanos - gaveWayNanos < MOMENT_NANOS;
  }
}
