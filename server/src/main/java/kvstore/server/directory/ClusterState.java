package kvstore.server.directory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * All that the directory holds: an immutable, versioned value. Each node has one, perhaps not the
 * newest.
 *
 * @param version log index of the directory's entry that made it, so it grows with each change; 0
 *     for what a node assumes before it has heard of any
 * @param nodes by id
 * @param shards by number, the directory's own group among them; those with slots cover every slot
 *     once
 * @param nextShard the number that the next new shard gets
 */
public record ClusterState(
    long version,
    String clusterId,
    Settings settings,
    List<NodeEntry> nodes,
    List<ShardEntry> shards,
    int nextShard) {

  public ClusterState {
    nodes = sorted(nodes, Comparator.comparing(NodeEntry::id));
    shards = sorted(shards, Comparator.comparingInt(ShardEntry::number));
  }

  private static <T> List<T> sorted(List<T> items, Comparator<T> order) {
    List<T> sorted = new ArrayList<>(items);
    sorted.sort(order);
    return List.copyOf(sorted);
  }

  public @Nullable NodeEntry node(NodeId id) {
    for (NodeEntry node : nodes) {
      if (node.id().equals(id)) {
        return node;
      }
    }
    return null;
  }

  public @Nullable ShardEntry shard(int number) {
    for (ShardEntry shard : shards) {
      if (shard.number() == number) {
        return shard;
      }
    }
    return null;
  }

  /** The shards that hold keys, by first slot. */
  public List<ShardEntry> dataShards() {
    return shards.stream()
        .filter(shard -> !shard.isDirectory())
        .sorted(Comparator.comparingInt(ShardEntry::firstSlot))
        .toList();
  }
}
