package kvstore.replication.raft;

import java.time.Duration;

/**
 * Decides when a replica holds enough of the log to vote, in rounds (Ongaro 2014, 4.2.1): each
 * round ends when the replica holds all that was committed when the round began, and the round that
 * was shorter than an election timeout is the last. What is then still missing takes no longer than
 * that to arrive, however fast the log grows and however long a snapshot took before. For one
 * thread at a time.
 */
final class CatchUp {

  private final long enoughNanos;
  private boolean begun;
  private long target;
  private long beganNanos;

  CatchUp(Duration electionTimeout) {
    this.enoughNanos = electionTimeout.toNanos();
  }

  /**
   * @param held index up to which the replica has said that it holds the log; -1 if it has not
   * @param committed index up to which the log is committed now
   */
  boolean isDone(long held, long committed, long nowNanos) {
    if (!begun) {
      begun = true;
      begin(committed, nowNanos);
    }
    if (held < target) {
      return false;
    }
    boolean wasShort = nowNanos - beganNanos < enoughNanos;
    begin(committed, nowNanos);
    return wasShort;
  }

  private void begin(long committed, long nowNanos) {
    target = committed;
    beganNanos = nowNanos;
  }
}
