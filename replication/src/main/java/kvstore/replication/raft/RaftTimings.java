package kvstore.replication.raft;

import java.time.Duration;

/**
 * Durations of replication.
 *
 * @param electionTimeout without a word from the leader for this long, a follower starts an
 *     election; also the time for which a voter that heard from a leader refuses its vote to others
 * @param electionSpread random part added to each follower's election timeout
 * @param heartbeatsPerTimeout heartbeats a leader sends in one election timeout
 * @param leasePercent part of the election timeout for which an answered message gives the leader a
 *     lease; the rest is the margin for clocks that run at different rates. At 90, a clock may gain
 *     a ninth on another before a stale read is possible
 * @param snapshotInterval a snapshot is taken this long after the last one, or up to a quarter
 *     earlier, if anything changed
 * @param keeperInterval how often replicas are looked after
 * @param stallLimit a leader that hears from a majority and yet commits nothing of what it has
 *     appended for this long is restarted
 * @param firstRetry pause before a failed replica is restarted; doubles with each failure
 * @param longestRetry bound of that pause
 */
public record RaftTimings(
    Duration electionTimeout,
    Duration electionSpread,
    int heartbeatsPerTimeout,
    int leasePercent,
    Duration snapshotInterval,
    Duration keeperInterval,
    Duration stallLimit,
    Duration firstRetry,
    Duration longestRetry) {

  public static final RaftTimings DEFAULT =
      new RaftTimings(
          Duration.ofMillis(300),
          Duration.ofMillis(300),
          6,
          90,
          Duration.ofMinutes(10),
          Duration.ofMillis(250),
          Duration.ofSeconds(15),
          Duration.ofMillis(500),
          Duration.ofSeconds(30));

  public RaftTimings {
    if (electionTimeout.toMillis() < 20 || electionSpread.toMillis() < 1) {
      throw new IllegalArgumentException(
          "expected an election timeout of at least 20 ms and a spread of at least 1 ms, but got "
              + electionTimeout
              + " and "
              + electionSpread);
    }
    if (leasePercent < 1 || leasePercent > 95) {
      throw new IllegalArgumentException("expected a lease of 1 to 95 %, but got " + leasePercent);
    }
    if (heartbeatsPerTimeout < 2) {
      throw new IllegalArgumentException(
          "expected at least 2 heartbeats per election timeout, but got " + heartbeatsPerTimeout);
    }
  }

  public RaftTimings withElection(Duration timeout, Duration spread) {
    return new RaftTimings(
        timeout,
        spread,
        heartbeatsPerTimeout,
        leasePercent,
        snapshotInterval,
        keeperInterval,
        stallLimit,
        firstRetry,
        longestRetry);
  }

  public RaftTimings withLeasePercent(int percent) {
    return new RaftTimings(
        electionTimeout,
        electionSpread,
        heartbeatsPerTimeout,
        percent,
        snapshotInterval,
        keeperInterval,
        stallLimit,
        firstRetry,
        longestRetry);
  }

  public RaftTimings withSnapshotInterval(Duration interval) {
    return new RaftTimings(
        electionTimeout,
        electionSpread,
        heartbeatsPerTimeout,
        leasePercent,
        interval,
        keeperInterval,
        stallLimit,
        firstRetry,
        longestRetry);
  }

  public RaftTimings withKeeping(
      Duration interval, Duration stall, Duration first, Duration longest) {
    return new RaftTimings(
        electionTimeout,
        electionSpread,
        heartbeatsPerTimeout,
        leasePercent,
        snapshotInterval,
        interval,
        stall,
        first,
        longest);
  }

  long leaseNanos() {
    return electionTimeout.toNanos() / 100 * leasePercent;
  }
}
