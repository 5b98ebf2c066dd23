package kvstore.server.balance;

import java.util.Set;
import kvstore.replication.NodeId;
import kvstore.server.directory.DirectoryCommand;

/** One thing to do, safe to do again. */
sealed interface Action {

  /** What it is about; one action at a time is under way for each. */
  int shard();

  /** In words for an operator. */
  String text();

  /**
   * Changes a group's members, at its leader.
   *
   * @param leader where the group's leader is
   * @param term in which it leads; of no effect in another
   */
  record ChangeMembers(
      int shard, NodeId leader, long term, Set<NodeId> voters, Set<NodeId> learners, String text)
      implements Action {
    public ChangeMembers {
      voters = Set.copyOf(voters);
      learners = Set.copyOf(learners);
    }
  }

  /**
   * Lets a node delete its replica of a group that is without it. The group's leader must confirm
   * its members first, and from then on refuse what was sent to it earlier: a change of members
   * that comes late could make the node a member again, whose deletion would then count.
   *
   * @param members as the leader reports them
   */
  record Release(ChangeMembers members, NodeId node, String text) implements Action {
    @Override
    public int shard() {
      return members.shard();
    }
  }

  /** Hands a group's leadership over. */
  record Transfer(int shard, NodeId leader, NodeId to, String text) implements Action {}

  /** Has a shard's leader log the split. */
  record Split(int shard, NodeId leader, int child, int atSlot, String text) implements Action {}

  /** Changes the directory. */
  record Decide(int shard, DirectoryCommand command, String text) implements Action {}
}
