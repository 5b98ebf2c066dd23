package kvstore.replication;

/**
 * A proposed entry's local side. It ends exactly once: handed to {@link StateMachine#apply} beside
 * its committed entry, or told {@link #failed}.
 */
public interface Proposal {

  /** Why an entry was not seen to commit. */
  enum Failure {
    /** This replica does not lead in the term expected; the entry was certainly not appended. */
    NOT_LEADER,
    /** A queue was full; the entry was certainly not appended. */
    OVERLOADED,
    /** Leadership or the replica was lost with the entry in flight; it may yet commit. */
    UNKNOWN
  }

  /** Called on any thread; must not block. */
  void failed(Failure failure);
}
