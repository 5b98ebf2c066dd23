package kvstore.replication;

import org.jspecify.annotations.Nullable;

/**
 * What a replica knows of its group's leader; an immutable value.
 *
 * @param role this replica's role
 * @param term the term that role was seen in
 * @param leader the leader known, or null while there is none
 */
public record Leadership(Role role, long term, @Nullable NodeId leader) {

  /** {@code LEADER} only once every entry of earlier terms has been applied here. */
  public enum Role {
    LEADER,
    FOLLOWER,
    LEARNER,
    CANDIDATE,
    /** Cannot take part: stopped, or failed and not yet repaired. */
    OUT
  }

  public boolean isLeader() {
    return role == Role.LEADER;
  }
}
