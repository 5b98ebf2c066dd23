package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ShardEntry;

/**
 * A shard is split; its leader alone applies that for a while, the others hear from the directory
 * that there is a child; then the leader is gone for long. The others hold all there is, in the
 * parent's log: they must bear the child and elect a leader of it, without the one that is gone.
 */
final class SplitLoss {

  private static final long HELD_UP = 2 * Rates.SECOND;
  private static final long GONE = 5 * Rates.SECOND;
  private static final long MOST_WITHOUT_LEADER = 3 * Rates.SECOND;

  private final Adversary adversary;
  private final World world;

  SplitLoss(Adversary adversary) {
    this.adversary = adversary;
    this.world = adversary.world();
  }

  void begin() {
    SimulatedNode directory = adversary.leader(ShardEntry.DIRECTORY);
    ClusterState state = directory == null ? null : directory.state();
    if (directory == null || state == null || state.dataShards().isEmpty()) {
      return;
    }
    ShardEntry shard = state.dataShards().get(0);
    SimulatedNode splitter = adversary.leader(shard.number());
    if (splitter == null || shard.split() != null || shard.lastSlot() == shard.firstSlot()) {
      return;
    }
    List<SimulatedNode> others = new ArrayList<>();
    Set<NodeId> voters = shard.nodes(ReplicaEntry.Role.VOTER);
    for (SimulatedNode node : adversary.nodes()) {
      if (node != splitter && voters.contains(node.id)) {
        others.add(node);
      }
    }
    hold(others, shard.number(), world.now() + HELD_UP);
    int slot = (int) world.between(shard.firstSlot() + 1, shard.lastSlot());
    Set<Integer> before = numbers(state);
    directory.order(orders -> orders.split(shard.number(), slot));
    if (world.chance(0.5)) {
      int child = state.nextShard();
      adversary.await(
          HELD_UP - 100 * Rates.MILLI,
          () -> splitter.log(child) != null,
          () -> restart(others, shard.number(), world.now() + HELD_UP),
          () -> {});
    }
    adversary.await(
        HELD_UP - 50 * Rates.MILLI,
        () -> others.stream().allMatch(node -> child(node, before) != 0),
        () -> lose(splitter, others, shard.number(), child(others.get(0), before)),
        () -> hold(others, shard.number(), 0));
  }

  private void lose(SimulatedNode splitter, List<SimulatedNode> others, int parent, int child) {
    world.tell(() -> splitter.id + " has split " + child + " off " + parent + " and is lost");
    adversary.later(
        world.between(0, 300) * Rates.MILLI,
        () -> {
          adversary.crash(splitter, GONE / Rates.MILLI);
          hold(others, parent, 0);
          watch(splitter, others, child, 0);
        });
  }

  /**
   * @param calm for how long the others have been there, and none of them stood still
   */
  private void watch(SimulatedNode gone, List<SimulatedNode> others, int child, long calm) {
    if (gone.isUp() || others.stream().anyMatch(node -> leads(node, child))) {
      return;
    }
    if (calm > MOST_WITHOUT_LEADER) {
      world.violated(
          "shard "
              + child
              + " has no leader, although most of its nodes have been there for long: "
              + others.stream().map(node -> node.id.value()).collect(Collectors.joining(", ")));
      return;
    }
    long next = others.stream().allMatch(SplitLoss::isThere) ? calm + Rates.MILLI : 0;
    adversary.later(Rates.MILLI, () -> watch(gone, others, child, next));
  }

  private static boolean isThere(SimulatedNode node) {
    Life life = node.life();
    return life != null && !life.isStalled();
  }

  private static boolean leads(SimulatedNode node, int group) {
    SimulatedLog log = node.log(group);
    return log != null && log.leadership().isLeader();
  }

  /**
   * They lose what they have applied, and have applied nothing when they hear of the child: whether
   * they are to bear it can not be told.
   */
  private void restart(List<SimulatedNode> nodes, int group, long heldUntil) {
    for (SimulatedNode node : nodes) {
      if (node.isUp()) {
        node.crash();
        node.start();
        adversary.await(
            HELD_UP,
            () -> node.log(group) != null,
            () -> hold(List.of(node), group, heldUntil),
            () -> {});
      }
    }
  }

  private void hold(List<SimulatedNode> nodes, int group, long until) {
    for (SimulatedNode node : nodes) {
      SimulatedLog log = node.log(group);
      if (log != null) {
        log.holdUpApplying(until);
      }
    }
  }

  /** The shard that the node has heard of, and that was not there before; 0 if there is none. */
  private static int child(SimulatedNode node, Set<Integer> before) {
    ClusterState state = node.state();
    if (state == null) {
      return 0;
    }
    return numbers(state).stream().filter(number -> !before.contains(number)).findFirst().orElse(0);
  }

  private static Set<Integer> numbers(ClusterState state) {
    return state.shards().stream().map(ShardEntry::number).collect(Collectors.toSet());
  }
}
