package kvstore.server.balance;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ReplicaEntry.Role;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/** What is wanted, and what the nodes have lately reported, at one moment. Immutable. */
final class Situation {

  private final ClusterState state;
  private final Map<NodeId, NodeReport> fresh = new TreeMap<>();
  private final long nowMs;

  /**
   * @param fresh reports that are seconds old at most
   * @param nowMs ms since the epoch
   */
  Situation(ClusterState state, Collection<NodeReport> fresh, long nowMs) {
    this.state = state;
    this.nowMs = nowMs;
    fresh.forEach(report -> this.fresh.put(report.node(), report));
  }

  ClusterState state() {
    return state;
  }

  /** What the shard's leader reports: that of the newest term, should several think they lead. */
  @Nullable ReplicaReport leader(int shard) {
    ReplicaReport newest = null;
    for (NodeReport node : fresh.values()) {
      for (ReplicaReport report : node.replicas()) {
        boolean leads = report.shard() == shard && report.role() == Leadership.Role.LEADER;
        if (leads && (newest == null || report.term() > newest.term())) {
          newest = report;
        }
      }
    }
    return newest;
  }

  /** Whether the shard has a leader and just the members wanted. */
  boolean isSettled(ShardEntry shard) {
    ReplicaReport leader = leader(shard.number());
    return leader != null
        && shard.split() == null
        && shard.nodes(Role.LEAVING).isEmpty()
        && shard.nodes(Role.VOTER).equals(leader.voters())
        && shard.nodes(Role.LEARNER).equals(leader.learners());
  }

  /** Whether the shard waits for a new member that will not come. */
  boolean isStuck(ShardEntry shard) {
    ReplicaReport leader = leader(shard.number());
    if (leader == null || shard.split() != null) {
      return false;
    }
    Set<NodeId> missing = new TreeSet<>(shard.nodes(Role.VOTER));
    missing.addAll(shard.nodes(Role.LEARNER));
    missing.removeAll(leader.voters());
    missing.removeAll(leader.learners());
    return missing.stream().anyMatch(node -> !isKeeper(node) && !isUp(node));
  }

  /** Nodes that may hold replicas in the long run: wanted, and not away for too long. */
  List<NodeEntry> keepers() {
    return state.nodes().stream()
        .filter(node -> node.status() == NodeEntry.Status.ACTIVE && !isLost(node))
        .toList();
  }

  /** Whether the node has been silent for so long that it is to be replaced. */
  boolean isLost(NodeEntry node) {
    return node.isDown() && nowMs - node.downSinceMs() >= state.settings().replaceAfterMs();
  }

  boolean isUp(NodeId id) {
    NodeEntry node = state.node(id);
    return node != null && !node.isDown() && fresh.containsKey(id);
  }

  /** Nodes that are neither leaving nor out. */
  int members() {
    return (int) state.nodes().stream().filter(node -> isMember(node.id())).count();
  }

  boolean isMember(NodeId id) {
    NodeEntry node = state.node(id);
    return node != null && node.status() == NodeEntry.Status.ACTIVE;
  }

  boolean isKeeper(NodeId id) {
    NodeEntry node = state.node(id);
    return node != null && node.status() == NodeEntry.Status.ACTIVE && !isLost(node);
  }

  String zone(NodeId id) {
    NodeEntry node = state.node(id);
    return node == null ? "" : node.zone();
  }

  /** Data shards that have a replica wanted on the node, those that leave it not counted. */
  int replicas(NodeId node) {
    int count = 0;
    for (ShardEntry shard : state.dataShards()) {
      var replica = shard.replica(node);
      count += replica != null && replica.role() != Role.LEAVING ? 1 : 0;
    }
    return count;
  }

  /** Data shards that the node leads. */
  List<ShardEntry> led(NodeId node) {
    List<ShardEntry> led = new ArrayList<>();
    for (ShardEntry shard : state.dataShards()) {
      ReplicaReport leader = leader(shard.number());
      if (leader != null && node.equals(leader.leader())) {
        led.add(shard);
      }
    }
    return led;
  }

  long bytes(int shard) {
    ReplicaReport leader = leader(shard);
    return leader == null ? 0 : leader.bytes();
  }

  static String name(int shard) {
    return shard == ShardEntry.DIRECTORY ? "the directory" : "shard " + shard;
  }
}
