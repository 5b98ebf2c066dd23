package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/**
 * One member of a shard is away. Another leaves the shard for a fourth node, deletes what it held,
 * and is given the shard again. The moment it is there, empty, the others are lost, and the first
 * comes back: it has missed what was agreed on since, and knows the one that returned as a member.
 * If that has forgotten what it once held, the two elect a leader without it.
 */
final class ComingBack {

  private static final long PATIENCE = 3 * Rates.SECOND;

  private final Adversary adversary;
  private final World world;

  ComingBack(Adversary adversary) {
    this.adversary = adversary;
    this.world = adversary.world();
  }

  void begin() {
    ClusterState state = directoryState();
    if (state == null || state.dataShards().isEmpty() || adversary.nodes().size() < 4) {
      return;
    }
    ShardEntry shard = state.dataShards().get(0);
    int number = shard.number();
    Set<NodeId> voters = shard.nodes(ReplicaEntry.Role.VOTER);
    SimulatedNode leader = adversary.leader(number);
    List<SimulatedNode> followers = new ArrayList<>();
    SimulatedNode spare = null;
    for (SimulatedNode node : adversary.nodes()) {
      if (!voters.contains(node.id)) {
        spare = node;
      } else if (node != leader) {
        followers.add(node);
      }
    }
    if (spare == null || leader == null || followers.size() != 2) {
      return;
    }
    int first = world.random.nextInt(2);
    SimulatedNode away = followers.get(first);
    SimulatedNode leaver = followers.get(1 - first);
    SimulatedNode substitute = spare;
    away.crash();
    move(number, leaver, substitute);
    adversary.await(
        PATIENCE,
        () -> leaver.log(number) == null,
        () -> comeBack(number, away, leaver, substitute),
        () -> start(away));
  }

  private void comeBack(
      int number, SimulatedNode away, SimulatedNode leaver, SimulatedNode substitute) {
    adversary.await(
        PATIENCE,
        () -> {
          if (world.chance(0.02)) {
            move(number, substitute, leaver); // refused until the first move is over
          }
          return leaver.log(number) != null;
        },
        () -> {
          for (SimulatedNode node : adversary.nodes()) {
            if (node != away && node != leaver && node.isUp()) {
              adversary.crash(node, world.between(1_000, 1_800));
            }
          }
          start(away);
        },
        () -> start(away));
  }

  private static void start(SimulatedNode node) {
    if (!node.isUp()) {
      node.start();
    }
  }

  private void move(int number, SimulatedNode from, SimulatedNode to) {
    SimulatedNode directory = adversary.leader(ShardEntry.DIRECTORY);
    if (directory != null) {
      directory.order(orders -> orders.move(number, from.id.value(), to.id.value()));
    }
  }

  private @Nullable ClusterState directoryState() {
    SimulatedNode directory = adversary.leader(ShardEntry.DIRECTORY);
    return directory == null ? null : directory.state();
  }
}
