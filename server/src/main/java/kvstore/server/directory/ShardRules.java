package kvstore.server.directory;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvstore.replication.NodeId;
import kvstore.server.directory.DirectoryCommand.BeginSplit;
import kvstore.server.directory.DirectoryCommand.ForgetReplica;
import kvstore.server.directory.DirectoryCommand.WantReplicas;
import kvstore.server.directory.ReplicaEntry.Role;
import kvstore.server.directory.ShardEntry.SplitEntry;
import org.jspecify.annotations.Nullable;

/**
 * What may become of shards. While a split is under way the replicas wanted stay as they are: the
 * child is born where its parent is, and a node that the child's entry did not name would delete a
 * replica that counts.
 */
final class ShardRules {

  private static final int SLOTS = 16_384;

  private ShardRules() {}

  static ClusterState wantReplicas(ClusterState state, WantReplicas want)
      throws DirectoryException {
    ShardEntry old = requireShard(state, want.expected().number());
    if (!old.equals(want.expected())) {
      throw DirectoryException.refused(
          "expected shard " + old.number() + " unchanged, but it is " + old + " by now");
    }
    requireNoSplit(old);
    requireReplicas(state, old.number(), want.replicas(), old);
    for (ReplicaEntry replica : old.replicas()) {
      if (want.replicas().stream().noneMatch(r -> r.node().equals(replica.node()))) {
        throw DirectoryException.refused(
            "expected " + replica.node() + " to leave shard " + old.number() + " as LEAVING first");
      }
    }
    return withShard(state, old.withReplicas(want.replicas()));
  }

  static ClusterState forgetReplica(ClusterState state, ForgetReplica forget)
      throws DirectoryException {
    ShardEntry shard = requireShard(state, forget.shard());
    ReplicaEntry replica = shard.replica(forget.node());
    if (replica == null) {
      return state;
    }
    requireNoSplit(shard);
    if (replica.role() != Role.LEAVING) {
      throw DirectoryException.refused(
          "expected "
              + forget.node()
              + " to be LEAVING shard "
              + shard.number()
              + ", but it is wanted as "
              + replica.role());
    }
    List<ReplicaEntry> rest = new ArrayList<>(shard.replicas());
    rest.remove(replica);
    return withShard(state, shard.withReplicas(rest));
  }

  static ClusterState beginSplit(ClusterState state, BeginSplit begin) throws DirectoryException {
    ShardEntry parent = requireShard(state, begin.parent());
    SplitEntry split = new SplitEntry(begin.child(), begin.atSlot());
    if (split.equals(parent.split())) {
      return state;
    }
    requireNoSplit(parent);
    if (parent.isDirectory()) {
      throw DirectoryException.refused("expected a shard with keys, but the directory has none");
    }
    if (begin.child() != state.nextShard()) {
      throw DirectoryException.refused(
          "expected " + state.nextShard() + " for the next shard, but got " + begin.child());
    }
    if (begin.atSlot() <= parent.firstSlot() || begin.atSlot() > parent.lastSlot()) {
      throw DirectoryException.refused(
          "expected a slot of "
              + (parent.firstSlot() + 1)
              + " to "
              + parent.lastSlot()
              + " to split shard "
              + parent.number()
              + " at, but got "
              + begin.atSlot());
    }
    if (!parent.nodes(Role.LEAVING).isEmpty()) {
      throw DirectoryException.refused(
          "expected no replica to be leaving shard " + parent.number() + " while it splits");
    }
    ClusterState changed = withShard(state, parent.withSplit(split));
    return withNext(changed, state.nextShard() + 1);
  }

  static ClusterState finishSplit(ClusterState state, int number) throws DirectoryException {
    ShardEntry parent = requireShard(state, number);
    SplitEntry split = requireSplit(parent);
    ShardEntry lower =
        new ShardEntry(number, parent.firstSlot(), split.atSlot() - 1, parent.replicas(), null);
    ShardEntry child =
        new ShardEntry(split.child(), split.atSlot(), parent.lastSlot(), parent.replicas(), null);
    List<ShardEntry> shards = new ArrayList<>(withShard(state, lower).shards());
    shards.add(child);
    return withShards(state, shards);
  }

  static ClusterState abortSplit(ClusterState state, int number) throws DirectoryException {
    ShardEntry parent = requireShard(state, number);
    requireSplit(parent);
    return withShard(state, parent.withSplit(null));
  }

  /** Checks the shards of a new cluster. */
  static void requireWhole(ClusterState state) throws DirectoryException {
    Set<Integer> numbers = new HashSet<>();
    for (ShardEntry shard : state.shards()) {
      if (!numbers.add(shard.number())) {
        throw DirectoryException.refused("expected one shard " + shard.number() + ", but got two");
      }
      requireReplicas(state, shard.number(), shard.replicas(), null);
    }
    int next = 0;
    for (ShardEntry shard : state.dataShards()) {
      if (shard.firstSlot() != next || shard.lastSlot() < next || shard.split() != null) {
        throw DirectoryException.refused(
            "expected the shards to cover every slot once, but "
                + shard.number()
                + " starts at "
                + shard.firstSlot()
                + " instead of "
                + next);
      }
      next = shard.lastSlot() + 1;
    }
    if (next != SLOTS || !numbers.contains(ShardEntry.DIRECTORY)) {
      throw DirectoryException.refused(
          "expected a directory and shards that cover every slot, but they end at slot " + next);
    }
  }

  private static void requireReplicas(
      ClusterState state, int shard, List<ReplicaEntry> replicas, @Nullable ShardEntry old)
      throws DirectoryException {
    Set<NodeId> seen = new HashSet<>();
    boolean voter = false;
    for (ReplicaEntry replica : replicas) {
      NodeEntry node = Transition.requireNode(state, replica.node());
      if (!seen.add(replica.node())) {
        throw DirectoryException.refused(
            "expected one replica of shard " + shard + " on " + replica.node() + ", but got two");
      }
      boolean isNew = old == null || old.replica(replica.node()) == null;
      boolean takes = node.status() == NodeEntry.Status.ACTIVE && replica.role() != Role.LEAVING;
      if (isNew && !takes) {
        throw DirectoryException.refused(
            "expected a new replica of shard "
                + shard
                + " to be wanted on an active node, but "
                + replica.node()
                + " is "
                + node.status()
                + ", the replica "
                + replica.role());
      }
      voter |= replica.role() == Role.VOTER;
    }
    if (!voter) {
      throw DirectoryException.refused("expected a voter of shard " + shard + ", but got none");
    }
  }

  private static ShardEntry requireShard(ClusterState state, int number) throws DirectoryException {
    ShardEntry shard = state.shard(number);
    if (shard == null) {
      throw DirectoryException.refused("expected a shard of the cluster, but got " + number);
    }
    return shard;
  }

  private static void requireNoSplit(ShardEntry shard) throws DirectoryException {
    if (shard.split() != null) {
      throw DirectoryException.refused(
          "expected shard "
              + shard.number()
              + " at rest, but it splits into "
              + shard.split().child());
    }
  }

  private static SplitEntry requireSplit(ShardEntry shard) throws DirectoryException {
    SplitEntry split = shard.split();
    if (split == null) {
      throw DirectoryException.refused(
          "expected shard " + shard.number() + " to be splitting, but it is not");
    }
    return split;
  }

  private static ClusterState withShard(ClusterState state, ShardEntry changed) {
    return withShards(
        state,
        state.shards().stream()
            .map(shard -> shard.number() == changed.number() ? changed : shard)
            .toList());
  }

  private static ClusterState withShards(ClusterState state, List<ShardEntry> shards) {
    return new ClusterState(
        state.version(),
        state.clusterId(),
        state.settings(),
        state.nodes(),
        shards,
        state.nextShard());
  }

  private static ClusterState withNext(ClusterState state, int next) {
    return new ClusterState(
        state.version(), state.clusterId(), state.settings(), state.nodes(), state.shards(), next);
  }
}
