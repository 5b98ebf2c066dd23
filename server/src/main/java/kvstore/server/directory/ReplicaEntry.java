package kvstore.server.directory;

import kvstore.replication.NodeId;

/** Where a replica of a shard is wanted, and as what. */
public record ReplicaEntry(NodeId node, Role role) {

  /** The order is part of the format: append only. */
  public enum Role {
    VOTER,
    LEARNER,
    /**
     * To leave the group. The entry goes once the group's members are without it; only then may its
     * node delete what it holds.
     */
    LEAVING
  }
}
