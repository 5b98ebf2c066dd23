package kvstore.testkit.simulation;

import java.util.List;
import java.util.function.BooleanSupplier;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/** Does the nodes harm, at moments and in ways that the seed chooses, until it is stopped. */
final class Adversary {

  private static final int MOST_SHARDS = 4;

  private final World world;
  private final SimulatedNetwork network;
  private final List<SimulatedNode> nodes;
  private final Scenario scenario;
  private boolean stopped;
  private int begun;

  Adversary(World world, SimulatedNetwork network, List<SimulatedNode> nodes, Scenario scenario) {
    this.world = world;
    this.network = network;
    this.nodes = nodes;
    this.scenario = scenario;
  }

  void start() {
    scenario.start(this);
    orders();
  }

  /** From now on all nodes run, and hear one another. */
  void stop() {
    stopped = true;
    network.heal();
    for (SimulatedNode node : nodes) {
      if (!node.isUp()) {
        node.start();
      }
    }
  }

  World world() {
    return world;
  }

  List<SimulatedNode> nodes() {
    return nodes;
  }

  int begun() {
    return begun;
  }

  /** Goes on with something later, unless the harm is over by then. */
  void later(long nanos, Runnable work) {
    world.after(
        nanos,
        () -> {
          if (!stopped) {
            work.run();
          }
        });
  }

  /** Harm of all kinds, again and again. */
  void random() {
    later(
        world.between(20, 700) * Rates.MILLI,
        () -> {
          harm(any());
          random();
        });
  }

  private void harm(SimulatedNode node) {
    begun++;
    switch (world.random.nextInt(13)) {
      case 0 -> crash(node, world.between(1, 1_500));
      case 1 -> crash(leaderOr(node), world.between(1, 1_500));
      case 2 -> stop(node, world.between(1, 800));
      case 3 -> isolate(node.id, world.between(50, 1_500));
      case 4 -> isolate(leaderOr(node).id, world.between(50, 1_500));
      case 5 -> cutOneWay(world.between(50, 1_500));
      case 6 -> stall(node, world.between(20, 1_500));
      case 7 -> stall(leaderOr(node), world.between(20, 1_500));
      case 8 -> handOver();
      case 9 -> network.breakAll(node.id);
      case 10, 11 -> order();
      default -> setClock(node);
    }
  }

  /** Looks again and again whether something has come about, for a while. */
  void await(long patience, BooleanSupplier ready, Runnable then, Runnable otherwise) {
    later(
        Rates.MILLI,
        () -> {
          if (ready.getAsBoolean()) {
            then.run();
          } else if (patience <= 0) {
            otherwise.run();
          } else {
            await(patience - Rates.MILLI, ready, then, otherwise);
          }
        });
  }

  SimulatedNode any() {
    return nodes.get(world.random.nextInt(nodes.size()));
  }

  /** Who leads one of the groups, any of them. */
  @Nullable SimulatedNode leader() {
    return leader(anyGroup());
  }

  /** The directory's, or that of a shard. */
  private int anyGroup() {
    ClusterState state = any().state();
    List<ShardEntry> shards = state == null ? List.of() : state.shards();
    return shards.isEmpty() ? 1 : shards.get(world.random.nextInt(shards.size())).number();
  }

  @Nullable SimulatedNode leader(int group) {
    SimulatedNode found = null;
    long term = -1;
    for (SimulatedNode node : nodes) {
      SimulatedLog log = node.log(group);
      if (log != null && log.leadership().isLeader() && log.leadership().term() > term) {
        found = node;
        term = log.leadership().term();
      }
    }
    return found;
  }

  SimulatedNode leaderOr(SimulatedNode other) {
    SimulatedNode found = leader();
    return found == null ? other : found;
  }

  void crash(SimulatedNode node, long millis) {
    node.crash();
    startAgain(node, millis);
  }

  void stop(SimulatedNode node, long millis) {
    node.stop();
    startAgain(node, millis);
  }

  private void startAgain(SimulatedNode node, long millis) {
    later(
        millis * Rates.MILLI,
        () -> {
          if (!node.isUp()) {
            node.start();
          }
        });
  }

  void isolate(NodeId node, long millis) {
    world.tell(() -> node + " is cut off for " + millis + " ms");
    for (SimulatedNode other : nodes) {
      if (!other.id.equals(node)) {
        network.cut(node, other.id);
        network.cut(other.id, node);
      }
    }
    healLater(node, millis);
  }

  private void cutOneWay(long millis) {
    NodeId from = any().id;
    NodeId to = any().id;
    world.tell(() -> from + " can not reach " + to + " for " + millis + " ms");
    network.cut(from, to);
    healLater(from, millis);
  }

  private void healLater(NodeId node, long millis) {
    if (world.chance(0.5)) {
      later(world.between(0, millis) * Rates.MILLI, () -> network.breakAll(node));
    }
    later(millis * Rates.MILLI, network::heal);
  }

  void stall(SimulatedNode node, long millis) {
    Life life = node.life();
    if (life != null && !life.isStalled()) {
      world.stall(life, millis * Rates.MILLI);
    }
  }

  void handOver() {
    int group = anyGroup();
    SimulatedNode from = leader(group);
    SimulatedLog log = from == null ? null : from.log(group);
    Life life = from == null ? null : from.life();
    NodeId to = any().id;
    if (log != null && life != null && !to.equals(life.node)) {
      world.tell(() -> life + " is to hand over to " + to);
      world.after(0, life, () -> log.membership().transferLeadership(to));
    }
  }

  /** An operator has a shard split, moved or handed over, whatever else happens. */
  void order() {
    SimulatedNode at = leader(ShardEntry.DIRECTORY);
    ClusterState state = at == null ? null : at.state();
    if (at == null || state == null || state.dataShards().isEmpty()) {
      return;
    }
    List<ShardEntry> shards = state.dataShards();
    ShardEntry shard = shards.get(world.random.nextInt(shards.size()));
    String from = any().id.value();
    String to = any().id.value();
    int dice = world.random.nextInt(3);
    if (dice == 0 && shards.size() < MOST_SHARDS && shard.lastSlot() > shard.firstSlot()) {
      int slot = (int) world.between(shard.firstSlot() + 1, shard.lastSlot());
      at.order(orders -> orders.split(shard.number(), slot));
    } else if (dice == 1 && nodes.size() > 3) {
      at.order(orders -> orders.move(shard.number(), from, to));
    } else {
      at.order(orders -> orders.transfer(shard.number(), to));
    }
  }

  /** Orders now and then, beside what else there is. */
  void orders() {
    later(
        world.between(200, 2_000) * Rates.MILLI,
        () -> {
          order();
          orders();
        });
  }

  private void setClock(SimulatedNode node) {
    Life life = node.life();
    long most = world.rates.wallSkewMillis;
    if (life != null) {
      life.setWall(world.between(-most, most));
    }
  }
}
