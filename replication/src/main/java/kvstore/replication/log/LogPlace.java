package kvstore.replication.log;

/**
 * A place in a group's log.
 *
 * @param term of the entry there
 * @param index its log index
 */
public record LogPlace(long term, long index) {

  /**
   * Whether a log that ends here is more up to date than one that ends at the given place (Raft,
   * section 5.4.1).
   */
  public boolean isAfter(long otherTerm, long otherIndex) {
    return term > otherTerm || (term == otherTerm && index > otherIndex);
  }
}
