package kvstore.server.directory;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A shard and where its replicas are wanted. The directory's own group is number {@link
 * #DIRECTORY}, which has no slots.
 *
 * @param number never used again for another shard
 * @param firstSlot first slot, inclusive
 * @param lastSlot last slot, inclusive
 * @param replicas one entry for each node that has or shall have a replica
 * @param split the split under way, or null
 */
public record ShardEntry(
    int number,
    int firstSlot,
    int lastSlot,
    List<ReplicaEntry> replicas,
    @Nullable SplitEntry split) {

  /** Number of the group that holds the directory itself. */
  public static final int DIRECTORY = 0;

  public ShardEntry {
    replicas = List.copyOf(replicas);
  }

  /** The directory's own group. */
  public static ShardEntry directory(List<ReplicaEntry> replicas) {
    return new ShardEntry(DIRECTORY, -1, -1, replicas, null);
  }

  public boolean isDirectory() {
    return number == DIRECTORY;
  }

  public @Nullable ReplicaEntry replica(NodeId node) {
    for (ReplicaEntry replica : replicas) {
      if (replica.node().equals(node)) {
        return replica;
      }
    }
    return null;
  }

  /** The nodes wanted in one role, in the order of their ids. */
  public Set<NodeId> nodes(ReplicaEntry.Role role) {
    Set<NodeId> nodes = new TreeSet<>();
    for (ReplicaEntry replica : replicas) {
      if (replica.role() == role) {
        nodes.add(replica.node());
      }
    }
    return nodes;
  }

  public ShardEntry withReplicas(List<ReplicaEntry> changed) {
    return new ShardEntry(number, firstSlot, lastSlot, changed, split);
  }

  public ShardEntry withSplit(@Nullable SplitEntry changed) {
    return new ShardEntry(number, firstSlot, lastSlot, replicas, changed);
  }

  /**
   * A split that was decided and is not finished.
   *
   * @param child number of the shard to be
   * @param atSlot its first slot; it takes all from there to the parent's last
   */
  public record SplitEntry(int child, int atSlot) {}
}
