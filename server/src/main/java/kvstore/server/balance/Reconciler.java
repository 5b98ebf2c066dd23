package kvstore.server.balance;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kvstore.replication.NodeId;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ReplicaEntry.Role;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/**
 * What to do so that each group's members become those wanted. It looks at what is, not at what was
 * begun, so it finishes whatever a crash left half done.
 */
final class Reconciler {

  private Reconciler() {}

  /** At most one action for each shard that has a leader to do it. */
  static List<Action> actions(Situation now) {
    List<Action> actions = new ArrayList<>();
    for (ShardEntry shard : now.state().shards()) {
      ReplicaReport leader = now.leader(shard.number());
      NodeId at = leader == null ? null : leader.leader();
      if (leader != null && at != null) {
        Action action = action(now, shard, leader, at);
        if (action != null) {
          actions.add(action);
        }
      }
    }
    return actions;
  }

  private static @Nullable Action action(
      Situation now, ShardEntry shard, ReplicaReport leader, NodeId at) {
    int number = shard.number();
    ShardEntry.SplitEntry split = shard.split();
    if (split != null) {
      boolean done = leader.lastSlot() == split.atSlot() - 1;
      return done
          ? new Action.Decide(
              number,
              new DirectoryCommand.FinishSplit(number),
              "shard " + split.child() + " has split off shard " + number)
          : new Action.Split(
              number,
              at,
              split.child(),
              split.atSlot(),
              "splitting shard " + number + " at slot " + split.atSlot());
    }
    for (NodeId leaving : shard.nodes(Role.LEAVING)) {
      if (!leader.voters().contains(leaving) && !leader.learners().contains(leaving)) {
        String text = leaving + " has left " + Situation.name(number);
        return new Action.Release(
            new Action.ChangeMembers(
                number, at, leader.term(), leader.voters(), leader.learners(), text),
            leaving,
            text);
      }
    }
    Set<NodeId> voters = shard.nodes(Role.VOTER);
    Set<NodeId> learners = shard.nodes(Role.LEARNER);
    if (voters.equals(leader.voters()) && learners.equals(leader.learners())) {
      return null;
    }
    return towards(now, shard, leader, at, voters, learners);
  }

  /**
   * A leader that is to go first brings in its successors, then hands over, then is let go. A
   * change that would leave fewer voters alive than a majority waits: once it is in the log, the
   * group has no leader until they return.
   */
  private static @Nullable Action towards(
      Situation now,
      ShardEntry shard,
      ReplicaReport leader,
      NodeId at,
      Set<NodeId> voters,
      Set<NodeId> learners) {
    int number = shard.number();
    if (!voters.contains(at)) {
      for (NodeId voter : voters) {
        if (leader.voters().contains(voter) && now.isUp(voter)) {
          return new Action.Transfer(
              number,
              at,
              voter,
              "handing " + Situation.name(number) + " from " + at + " to " + voter);
        }
      }
      Set<NodeId> meanwhile = new TreeSet<>(voters);
      meanwhile.add(at);
      Set<NodeId> others = new TreeSet<>(learners);
      others.remove(at);
      return change(now, number, at, leader.term(), meanwhile, others);
    }
    return change(now, number, at, leader.term(), voters, learners);
  }

  private static @Nullable Action change(
      Situation now, int number, NodeId at, long term, Set<NodeId> voters, Set<NodeId> learners) {
    long alive = voters.stream().filter(voter -> voter.equals(at) || now.isUp(voter)).count();
    if (alive * 2 <= voters.size()) {
      return null;
    }
    String text =
        "making "
            + String.join(", ", voters.stream().map(NodeId::value).toList())
            + " vote for "
            + Situation.name(number)
            + (learners.isEmpty()
                ? ""
                : ", and "
                    + String.join(", ", learners.stream().map(NodeId::value).toList())
                    + " learn");
    return new Action.ChangeMembers(number, at, term, voters, learners, text);
  }
}
