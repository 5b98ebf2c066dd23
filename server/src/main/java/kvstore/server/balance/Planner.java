package kvstore.server.balance;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ReplicaEntry.Role;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/**
 * Decides the next change of what is wanted, if there is any: first what keeps data safe, then what
 * an operator asked for, then evenness. One step at a time, and nothing but repairs of a shard
 * while any shard is not yet as wanted.
 */
final class Planner {

  /** A node leads and holds so many shards at most on its own account; more is for operators. */
  private static final int MOST_SHARDS = 64;

  private final Situation now;
  private final ClusterState state;

  Planner(Situation now) {
    this.now = now;
    this.state = now.state();
  }

  /** The next step, or null if there is nothing to do. */
  @Nullable Action next() {
    Action step = repair();
    if (step != null || !allSettled()) {
      return step;
    }
    step = retire();
    if (step == null && state.settings().balance()) {
      step = zones();
      step = step == null ? replicas() : step;
      step = step == null ? split() : step;
      step = step == null ? leaders() : step;
    }
    return step;
  }

  /** Why the next step has to wait; empty if nothing holds it up. */
  String waiting() {
    for (ShardEntry shard : state.shards()) {
      if (now.leader(shard.number()) == null) {
        return Situation.name(shard.number()) + " has no leader";
      }
    }
    return "";
  }

  private boolean allSettled() {
    return state.shards().stream().allMatch(now::isSettled);
  }

  /**
   * Voters on nodes that stay, as many as there can be. Not to be held up by any other step: one of
   * those may be waiting for the very node that is to be replaced.
   */
  @Nullable Action repair() {
    for (ShardEntry shard : state.shards()) {
      if (!now.isSettled(shard) && !now.isStuck(shard)) {
        continue; // a shard changes one step at a time
      }
      List<ReplicaEntry> desired = new Placement(now, shard).desired();
      boolean keepsVoter = desired.stream().anyMatch(replica -> replica.role() == Role.VOTER);
      if (keepsVoter && !desired.equals(sorted(shard.replicas()))) {
        return want(shard, desired);
      }
    }
    return null;
  }

  private static List<ReplicaEntry> sorted(List<ReplicaEntry> replicas) {
    return replicas.stream().sorted(Comparator.comparing(ReplicaEntry::node)).toList();
  }

  private static Action want(ShardEntry shard, List<ReplicaEntry> replicas) {
    List<String> words = new ArrayList<>();
    for (ReplicaEntry replica : replicas) {
      words.add(
          switch (replica.role()) {
            case VOTER -> replica.node().value();
            case LEARNER -> replica.node() + " (learning)";
            case LEAVING -> replica.node() + " (leaving)";
          });
    }
    return new Action.Decide(
        shard.number(),
        new DirectoryCommand.WantReplicas(shard, replicas),
        Situation.name(shard.number()) + " goes to " + String.join(", ", words));
  }

  /** Nodes that were to go, or are lost, and hold nothing any more. */
  private @Nullable Action retire() {
    for (NodeEntry node : state.nodes()) {
      boolean going = node.status() == NodeEntry.Status.LEAVING;
      boolean lost = node.status() == NodeEntry.Status.ACTIVE && now.isLost(node);
      boolean empty = state.shards().stream().allMatch(shard -> shard.replica(node.id()) == null);
      if ((going || lost) && empty) {
        return new Action.Decide(
            ShardEntry.DIRECTORY,
            new DirectoryCommand.SetStatus(node.id(), NodeEntry.Status.OUT),
            node.id() + (going ? " is empty and" : " was silent for too long and") + " is out");
      }
    }
    return null;
  }

  private @Nullable Action zones() {
    for (ShardEntry shard : state.shards()) {
      Placement placement = new Placement(now, shard);
      Placement.Move move = placement.betterZone();
      if (move != null) {
        return want(shard, placement.after(move));
      }
    }
    return null;
  }

  /** From a node with more replicas to one with less, if they differ by more than one. */
  private @Nullable Action replicas() {
    List<NodeId> up = now.keepers().stream().map(NodeEntry::id).filter(now::isUp).toList();
    List<Placement.Move> moves = new ArrayList<>();
    for (NodeId from : up) {
      for (NodeId to : up) {
        if (now.replicas(from) - now.replicas(to) > 1) {
          moves.add(new Placement.Move(from, to));
        }
      }
    }
    moves.sort(
        Comparator.comparing(
            (Placement.Move move) -> now.replicas(move.to()) - now.replicas(move.from())));
    for (Placement.Move move : moves) {
      for (ShardEntry shard : state.dataShards()) {
        if (shard.nodes(Role.VOTER).contains(move.from())
            && shard.replica(move.to()) == null
            && new Placement(now, shard).keepsZones(move)) {
          return want(shard, new Placement(now, shard).after(move));
        }
      }
    }
    return null;
  }

  private @Nullable Action split() {
    Action step = spread();
    return step == null ? relieve() : step;
  }

  /** Splits for there to be shards enough, where there is something to spread. */
  private @Nullable Action spread() {
    List<ShardEntry> shards = state.dataShards();
    int wanted = state.settings().shardsPerNode() * now.keepers().size();
    if (shards.size() >= Math.min(wanted, MOST_SHARDS)) {
      return null;
    }
    ShardEntry largest =
        shards.stream()
            .filter(shard -> shard.lastSlot() > shard.firstSlot())
            .filter(shard -> now.bytes(shard.number()) >= state.settings().spreadMinBytes())
            .max(
                Comparator.comparing((ShardEntry shard) -> shard.lastSlot() - shard.firstSlot())
                    .thenComparing(shard -> -shard.number()))
            .orElse(null);
    return largest == null ? null : split(largest, "to have " + wanted + " shards");
  }

  /** Splits what is too large or too busy for one shard. */
  private @Nullable Action relieve() {
    for (ShardEntry shard : state.dataShards()) {
      ReplicaReport leader = now.leader(shard.number());
      long most = state.settings().splitOpsPerSecond();
      if (leader == null || shard.lastSlot() == shard.firstSlot()) {
        continue;
      }
      if (leader.bytes() > state.settings().splitBytes()) {
        return split(shard, "since it holds " + leader.bytes() + " bytes");
      }
      if (most > 0 && leader.opsPerSecond() > most) {
        return split(shard, "since it takes " + leader.opsPerSecond() + " commands a second");
      }
    }
    return null;
  }

  private Action split(ShardEntry shard, String why) {
    int middle = shard.firstSlot() + (shard.lastSlot() - shard.firstSlot() + 1) / 2;
    return new Action.Decide(
        shard.number(),
        new DirectoryCommand.BeginSplit(shard.number(), state.nextShard(), middle),
        "shard " + shard.number() + " is split at slot " + middle + ", " + why);
  }

  /**
   * Evens out leaders: along a path of shards from the node that leads most to one that leads at
   * least two less, the last hand-over first.
   */
  private @Nullable Action leaders() {
    List<NodeId> up = now.keepers().stream().map(NodeEntry::id).filter(now::isUp).toList();
    List<NodeId> busiest = new ArrayList<>(up);
    busiest.sort(Comparator.comparing((NodeId node) -> -now.led(node).size()));
    for (NodeId most : busiest) {
      Action step = leadersFrom(most, up);
      if (step != null) {
        return step;
      }
    }
    return null;
  }

  private @Nullable Action leadersFrom(NodeId most, List<NodeId> up) {
    int limit = now.led(most).size() - 2;
    Map<NodeId, NodeId> cameFrom = new HashMap<>();
    Map<NodeId, ShardEntry> by = new HashMap<>();
    Deque<NodeId> open = new ArrayDeque<>(List.of(most));
    while (!open.isEmpty()) {
      NodeId node = open.poll();
      if (now.led(node).size() <= limit) {
        NodeId from = cameFrom.get(node);
        ShardEntry shard = by.get(node);
        if (from == null || shard == null) {
          return null;
        }
        return new Action.Transfer(
            shard.number(),
            from,
            node,
            "shard "
                + shard.number()
                + " is handed from "
                + from
                + " to "
                + node
                + " for evenness");
      }
      for (ShardEntry shard : now.led(node)) {
        for (NodeId voter : shard.nodes(Role.VOTER)) {
          if (up.contains(voter) && !voter.equals(most) && !cameFrom.containsKey(voter)) {
            cameFrom.put(voter, node);
            by.put(voter, shard);
            open.add(voter);
          }
        }
      }
    }
    return null;
  }
}
