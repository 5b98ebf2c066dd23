package kvstore.server.directory;

import java.util.List;
import java.util.Set;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells the directory's leader of itself, several times a second.
 *
 * @param stateVersion the newest cluster state it has
 * @param replicas its replicas, the directory's among them
 */
public record NodeReport(
    NodeId node, String release, long stateVersion, List<ReplicaReport> replicas) {

  public NodeReport {
    replicas = List.copyOf(replicas);
  }

  /**
   * A replica as its node sees it.
   *
   * @param leader the leader known in {@code term}, or null
   * @param firstSlot first slot that it holds by what it has applied; -1 for the directory
   * @param lastSlot last slot that it holds by what it has applied; -1 for the directory
   * @param voters members of the group as known here; true for certain only at the leader
   * @param learners as {@code voters}
   * @param bytes size of its files
   * @param opsPerSecond commands taken as leader, over the last seconds
   */
  public record ReplicaReport(
      int shard,
      Leadership.Role role,
      long term,
      @Nullable NodeId leader,
      long appliedIndex,
      int firstSlot,
      int lastSlot,
      Set<NodeId> voters,
      Set<NodeId> learners,
      long bytes,
      long opsPerSecond) {

    public ReplicaReport {
      voters = Set.copyOf(voters);
      learners = Set.copyOf(learners);
    }
  }
}
