package kvstore.server.balance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import kvstore.replication.NodeId;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ReplicaEntry.Role;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/**
 * Where the replicas of one shard should be: as many voters as there can be, on nodes that stay, in
 * zones of their own where there are enough, on the nodes that have least.
 */
final class Placement {

  private static final int DIRECTORY_VOTERS = 5;

  private final Situation now;
  private final ShardEntry shard;

  Placement(Situation now, ShardEntry shard) {
    this.now = now;
    this.shard = shard;
  }

  /** Voters that the shard can have: an odd number, and one alone until there are three nodes. */
  int targetVoters() {
    int nodes = now.members();
    int most = shard.isDirectory() ? DIRECTORY_VOTERS : now.state().settings().replicas();
    int voters = Math.max(1, Math.min(nodes, most));
    return voters - (1 - voters % 2);
  }

  /** The replicas that should be wanted; those wanted already, in their order, if all is well. */
  List<ReplicaEntry> desired() {
    List<NodeId> voters = new ArrayList<>();
    for (NodeId voter : shard.nodes(Role.VOTER)) {
      if (now.isKeeper(voter)) {
        voters.add(voter);
      }
    }
    int target = targetVoters();
    while (voters.size() < target) {
      NodeId more = candidate(voters);
      if (more == null) {
        break;
      }
      voters.add(more);
    }
    // A lost node that nobody can replace keeps its vote: fewer votes would not be safer.
    for (NodeId voter : shard.nodes(Role.VOTER)) {
      boolean keeps = now.isMember(voter) && votes(voter);
      if (voters.size() < target && !voters.contains(voter) && keeps) {
        voters.add(voter);
      }
    }
    while (voters.size() > target) {
      voters.remove(surplus(voters));
    }
    return entries(voters);
  }

  private List<ReplicaEntry> entries(List<NodeId> voters) {
    List<ReplicaEntry> entries = new ArrayList<>();
    voters.forEach(voter -> entries.add(new ReplicaEntry(voter, Role.VOTER)));
    NodeId learner = voters.size() == 1 && now.members() == 2 ? other(voters.get(0)) : null;
    if (learner != null) {
      entries.add(new ReplicaEntry(learner, Role.LEARNER));
    }
    for (ReplicaEntry old : shard.replicas()) {
      boolean stays = voters.contains(old.node()) || old.node().equals(learner);
      if (!stays) {
        entries.add(new ReplicaEntry(old.node(), Role.LEAVING));
      }
    }
    entries.sort(Comparator.comparing(ReplicaEntry::node));
    return entries;
  }

  private @Nullable NodeId other(NodeId voter) {
    for (NodeEntry node : now.keepers()) {
      if (!node.id().equals(voter)) {
        return node.id();
      }
    }
    return null;
  }

  /**
   * The best node that is not among {@code voters}: up, of another zone, with a copy, with least to
   * do. One that leaves may stay as long as it has not left.
   */
  @Nullable NodeId candidate(List<NodeId> voters) {
    return now.keepers().stream()
        .map(NodeEntry::id)
        .filter(node -> !voters.contains(node) && now.isUp(node) && !isGoing(node))
        .min(
            Comparator.comparing((NodeId node) -> sharesZone(node, voters))
                .thenComparing(node -> shard.replica(node) == null)
                .thenComparing(now::replicas)
                .thenComparing(Comparator.naturalOrder()))
        .orElse(null);
  }

  private boolean isGoing(NodeId node) {
    ReplicaEntry replica = shard.replica(node);
    return replica != null && replica.role() == Role.LEAVING && !votes(node);
  }

  /** Whether the node has a vote in the group as it is. */
  private boolean votes(NodeId node) {
    ReplicaReport leader = now.leader(shard.number());
    return leader != null && leader.voters().contains(node);
  }

  private boolean sharesZone(NodeId node, List<NodeId> voters) {
    String zone = now.zone(node);
    return !zone.isEmpty()
        && voters.stream().anyMatch(other -> !other.equals(node) && zone.equals(now.zone(other)));
  }

  /** Who can best be done without: one of two in a zone, not the leader, with most to do. */
  private NodeId surplus(List<NodeId> voters) {
    ReplicaReport leader = now.leader(shard.number());
    NodeId leading = leader == null ? null : leader.leader();
    return voters.stream()
        .max(
            Comparator.comparing((NodeId node) -> sharesZone(node, voters))
                .thenComparing(node -> !node.equals(leading))
                .thenComparing(now::replicas)
                .thenComparing(Comparator.naturalOrder()))
        .orElseThrow();
  }

  /** A voter that shares its zone with another, if a node of a zone without one could take over. */
  @Nullable Move betterZone() {
    List<NodeId> voters = new ArrayList<>(shard.nodes(Role.VOTER));
    for (NodeId voter : voters) {
      if (!sharesZone(voter, voters)) {
        continue;
      }
      List<NodeId> rest = new ArrayList<>(voters);
      rest.remove(voter);
      NodeId better = candidate(rest);
      if (better != null
          && !better.equals(voter)
          && !voters.contains(better)
          && !sharesZone(better, rest)) {
        return new Move(voter, better);
      }
    }
    return null;
  }

  /** Whether moving a voter leaves the zones at least as well spread as they are. */
  boolean keepsZones(Move move) {
    List<NodeId> rest = new ArrayList<>(shard.nodes(Role.VOTER));
    rest.remove(move.from());
    return !sharesZone(move.to(), rest) || sharesZone(move.from(), rest);
  }

  /** The replicas wanted after a move. */
  List<ReplicaEntry> after(Move move) {
    List<ReplicaEntry> entries = new ArrayList<>();
    for (ReplicaEntry old : shard.replicas()) {
      if (!old.node().equals(move.to())) {
        entries.add(
            old.node().equals(move.from()) ? new ReplicaEntry(old.node(), Role.LEAVING) : old);
      }
    }
    entries.add(new ReplicaEntry(move.to(), Role.VOTER));
    entries.sort(Comparator.comparing(ReplicaEntry::node));
    return entries;
  }

  /** A voter's place goes to another node. */
  record Move(NodeId from, NodeId to) {}
}
