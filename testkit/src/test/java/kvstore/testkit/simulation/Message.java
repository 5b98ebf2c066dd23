package kvstore.testkit.simulation;

import java.util.List;
import java.util.SortedMap;

/** What replicas of a group say to one another; {@code term} is the sender's. */
sealed interface Message {

  long term();

  /**
   * @param soundsOut whether it asks only how the others would vote
   * @param handedOver whether the leader has asked the candidate to take over
   */
  record AskVote(long term, long lastIndex, long lastTerm, boolean soundsOut, boolean handedOver)
      implements Message {}

  /**
   * @param asked the term that was voted on
   */
  record Vote(long term, long asked, boolean soundsOut, boolean granted) implements Message {}

  /**
   * @param round grows with each message of this leader
   * @param sentNanos on the leader's clock
   */
  record Append(
      long term,
      long prevIndex,
      long prevTerm,
      List<Journal.Entry> entries,
      long commit,
      long round,
      long sentNanos)
      implements Message {}

  /**
   * @param asked the term of the leader that is answered
   * @param matching the last index known to be the leader's and on the disk; if not {@code fits},
   *     where to go on from
   */
  record Appended(long term, long asked, boolean fits, long matching, long round, long sentNanos)
      implements Message {}

  /**
   * The log does not go back as far as the follower needs: it has to fetch this snapshot.
   *
   * @param lengths of its files
   */
  record Offer(
      long term, long index, long indexTerm, Members members, SortedMap<String, Integer> lengths)
      implements Message {}

  /**
   * @param offset bytes had so far, of all files one after the other
   */
  record Fetch(long term, long index, int offset) implements Message {}

  /**
   * @param index of the snapshot that was asked for
   */
  record Chunk(long term, long index, int offset, byte[] bytes) implements Message {}

  /** Take over: stand for election at once. */
  record TakeOver(long term) implements Message {}
}
