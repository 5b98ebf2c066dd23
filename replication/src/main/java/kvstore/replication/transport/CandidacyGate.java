package kvstore.replication.transport;

/**
 * Says whether this node may stand for election in a group now. If not, its requests for pre-votes
 * do not leave, as if nobody granted any.
 *
 * <p>Asked on any thread. It must not say no for long, for there may be no other candidate.
 */
@FunctionalInterface
public interface CandidacyGate {

  /** Lets every group stand. */
  CandidacyGate OPEN = group -> true;

  boolean mayStand(String group);
}
