package kvstore.server.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import kvstore.replication.NodeId;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.DirectoryException;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry.Role;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The planner and the reconciler against groups that obey Raft's rules, while nodes come, go and
 * die, the directory's leader forgets what it had begun, and actions fail or take effect late.
 */
class BalanceSimulationTest {

  private static final int STEPS = 400;
  private static final int MOST_NODES = 7;
  private static final int TURNS_TO_SETTLE = 2_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 1_001, 2_001, 3_001, 4_001})
  void aClusterStaysSafeAndSettlesEvenly(long firstSeed) throws DirectoryException {
    for (long seed = firstSeed; seed < firstSeed + 200; seed++) {
      try {
        run(seed);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void run(long seed) throws DirectoryException {
    SplittableRandom random = new SplittableRandom(seed);
    boolean zones = seed % 2 == 0;
    SimulatedCluster cluster =
        new SimulatedCluster(random, 1 + random.nextInt(2), spreadMinBytes(seed), zones);
    int nodes = 1;
    for (int step = 0; step < STEPS; step++) {
      cluster.nowMs += 200;
      if (nodes < MOST_NODES && random.nextInt(30) == 0) {
        cluster.join(++nodes);
      }
      disturb(cluster, random);
      cluster.elect();
      turn(cluster, random, true);
      check(cluster);
    }
    for (NodeEntry node : cluster.state.nodes()) {
      if (seed % 3 != 0 || random.nextBoolean()) { // else it is gone for good
        cluster.revive(node.id());
      }
    }
    cluster.nowMs += cluster.state.settings().replaceAfterMs();
    settle(cluster, random, zones);
    if (spreadMinBytes(seed) > SimulatedCluster.BYTES) {
      assertThat(cluster.state.dataShards()).as("too small to spread").hasSize(1);
    }
  }

  /** Mostly less than the shards hold, so that they spread. */
  private static long spreadMinBytes(long seed) {
    return switch ((int) (seed % 5)) {
      case 0 -> SimulatedCluster.BYTES + 1;
      case 1 -> SimulatedCluster.BYTES;
      default -> 0;
    };
  }

  private static void disturb(SimulatedCluster cluster, SplittableRandom random) {
    List<NodeId> up = new ArrayList<>(cluster.up);
    NodeId some = up.get(random.nextInt(up.size()));
    switch (random.nextInt(40)) {
      case 0, 1 -> {
        if (cluster.canSpare(some)) {
          cluster.kill(some);
        }
      }
      case 2 -> {
        if (up.size() > 3 && random.nextInt(4) == 0) {
          cluster.decide(new DirectoryCommand.SetStatus(some, NodeEntry.Status.LEAVING));
        }
      }
      case 3, 4, 5 -> {
        for (NodeEntry node : cluster.state.nodes()) {
          if (node.isDown() && random.nextBoolean()) {
            cluster.revive(node.id());
          }
        }
      }
      default -> {}
    }
  }

  /** One turn of a balancer that remembers nothing of those before. */
  private static void turn(SimulatedCluster cluster, SplittableRandom random, boolean faulty) {
    Situation now = cluster.situation();
    @Nullable Action repair = new Planner(now).repair();
    if (repair != null) {
      begin(cluster, random, faulty, repair);
    }
    List<Action> actions = Reconciler.actions(now);
    for (Action action : actions) {
      if (repair == null || action.shard() != repair.shard()) {
        begin(cluster, random, faulty, action);
      }
    }
    if (repair == null && actions.isEmpty()) {
      @Nullable Action next = new Planner(now).next();
      if (next != null) {
        begin(cluster, random, faulty, next);
      }
    }
    while (!cluster.late.isEmpty() && (!faulty || random.nextInt(3) == 0)) {
      cluster.takeEffect(cluster.late.poll());
    }
  }

  private static void begin(
      SimulatedCluster cluster, SplittableRandom random, boolean faulty, Action action) {
    int fate = faulty ? random.nextInt(10) : 9;
    if (fate == 0) {
      return; // lost
    }
    if (fate <= 2 && !(action instanceof Action.Decide)) {
      cluster.late.add(cluster.send(action)); // takes effect when nobody counts on it any more
      return;
    }
    cluster.takeEffect(cluster.send(action));
  }

  private static void check(SimulatedCluster cluster) {
    cluster.groups.forEach((number, group) -> {
      assertThat(group.voters).as("voters of " + number).isNotEmpty();
      ShardEntry entry = cluster.state.shard(number);
      if (entry != null) {
        Set<NodeId> named = new TreeSet<>();
        entry.replicas().forEach(replica -> named.add(replica.node()));
        assertThat(named)
            .as("a member of %d that the state does not name would be deleted", number)
            .containsAll(group.voters);
      }
    });
  }

  private static void settle(SimulatedCluster cluster, SplittableRandom random, boolean zones) {
    int quiet = 0;
    for (int turn = 0; quiet < 3; turn++) {
      assertThat(turn)
          .as("turns until nothing is left to do; state %s", cluster.state)
          .isLessThan(TURNS_TO_SETTLE);
      cluster.nowMs += 200;
      cluster.elect();
      Situation now = cluster.situation();
      boolean done = Reconciler.actions(now).isEmpty() && new Planner(now).next() == null;
      quiet = done ? quiet + 1 : 0;
      turn(cluster, random, false);
      check(cluster);
    }
    Situation end = cluster.situation();
    List<NodeId> keepers = end.keepers().stream().map(NodeEntry::id).toList();
    for (NodeId keeper : keepers) {
      // where zones matter, a small zone has more to hold than a large one
      List<NodeId> peers =
          keepers.stream().filter(n -> !zones || end.zone(n).equals(end.zone(keeper))).toList();
      assertThat(spread(peers.stream().map(end::replicas).toList()))
          .as("replicas of %s", cluster.state)
          .isLessThanOrEqualTo(1);
    }
    if (keepers.size() >= 3) {
      assertThat(spread(keepers.stream().map(node -> end.led(node).size()).toList()))
          .as("leaders of %s", cluster.state)
          .isLessThanOrEqualTo(1);
    }
    for (ShardEntry shard : cluster.state.shards()) {
      assertThat(end.isSettled(shard)).as("settled: %s", shard).isTrue();
      int target = new Placement(end, shard).targetVoters();
      assertThat(shard.nodes(Role.VOTER))
          .as("voters of %s", shard)
          .hasSizeBetween(Math.min(target, keepers.size()), target);
    }
  }

  private static int spread(List<Integer> counts) {
    int most = counts.stream().max(Integer::compare).orElse(0);
    return most - counts.stream().min(Integer::compare).orElse(0);
  }
}
