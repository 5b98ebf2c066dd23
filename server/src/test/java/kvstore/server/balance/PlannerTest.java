package kvstore.server.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When the planner splits a shard of a cluster of three that is otherwise as wanted. */
class PlannerTest {

  private static final long MIB = 1 << 20;
  private static final Settings SETTINGS = Settings.DEFAULT;
  private static final List<NodeId> NODES =
      List.of(new NodeId("n1"), new NodeId("n2"), new NodeId("n3"));

  @Test
  void aSmallShardStaysOneHoweverManyNodesThereAre() {
    assertThat(split(SETTINGS, shard(0, 0))).isNull();
    assertThat(split(SETTINGS, shard(SETTINGS.spreadMinBytes() - 1, 0))).isNull();
  }

  @Test
  void aShardOfEnoughDataIsSplitUntilEachNodeCanLeadOne() {
    assertThat(split(SETTINGS, shard(SETTINGS.spreadMinBytes(), 0)))
        .isEqualTo(new DirectoryCommand.BeginSplit(1, 9, 8_192));
    assertThat(split(SETTINGS, shard(16 * MIB, 0), shard(16 * MIB, 0), shard(16 * MIB, 0)))
        .isNull();
  }

  @Test
  void aLargerRangeWithLittleInItIsLeftAlone() {
    ShardReport wide = new ShardReport(0, 9_999, 1, 0);
    ShardReport narrow = new ShardReport(10_000, 16_383, SETTINGS.spreadMinBytes(), 0);
    assertThat(split(SETTINGS, wide, narrow))
        .isEqualTo(new DirectoryCommand.BeginSplit(2, 9, 13_192));
  }

  @Test
  void zeroSpreadsEvenAnEmptyShard() {
    assertThat(split(settings(0, 4L << 30, 0), shard(0, 0))).isNotNull();
  }

  @Test
  void sizeAndLoadSplitWhateverTheShardHolds() {
    assertThat(split(settings(1L << 40, 2 * MIB, 0), shard(2 * MIB + 1, 0))).isNotNull();
    assertThat(split(settings(1L << 40, 4L << 30, 1_000), shard(0, 1_001))).isNotNull();
    assertThat(split(settings(1L << 40, 4L << 30, 1_000), shard(0, 1_000))).isNull();
  }

  private static Settings settings(long spreadMinBytes, long splitBytes, long splitOps) {
    return new Settings(3, 1, spreadMinBytes, splitBytes, splitOps, 600_000, 1 << 20, true);
  }

  private record ShardReport(int first, int last, long bytes, long opsPerSecond) {}

  /** A shard of a share of the slots that does not matter. */
  private static ShardReport shard(long bytes, long opsPerSecond) {
    return new ShardReport(0, 16_383, bytes, opsPerSecond);
  }

  /** The split that comes next, or null; each node leads as many as another. */
  private static @Nullable DirectoryCommand split(Settings settings, ShardReport... shards) {
    List<ReplicaEntry> replicas =
        NODES.stream().map(node -> new ReplicaEntry(node, ReplicaEntry.Role.VOTER)).toList();
    List<ShardEntry> entries = new ArrayList<>(List.of(ShardEntry.directory(replicas)));
    for (ShardReport shard : shards) {
      entries.add(new ShardEntry(entries.size(), shard.first(), shard.last(), replicas, null));
    }
    List<NodeEntry> nodes = NODES.stream().map(PlannerTest::node).toList();
    ClusterState state = new ClusterState(5, "c", settings, nodes, entries, 9);
    List<NodeReport> reports = NODES.stream().map(node -> report(node, shards)).toList();
    Action next = new Planner(new Situation(state, reports, 1)).next();
    return next instanceof Action.Decide decide ? decide.command() : null;
  }

  private static NodeEntry node(NodeId id) {
    return new NodeEntry(id, "h", 1, 2, 3, "", NodeEntry.Status.ACTIVE, "0", 0);
  }

  private static NodeReport report(NodeId node, ShardReport... shards) {
    List<ReplicaReport> replicas = new ArrayList<>();
    replicas.add(replica(0, NODES.get(0), node, new ShardReport(-1, -1, 0, 0)));
    for (int i = 0; i < shards.length; i++) {
      replicas.add(replica(i + 1, NODES.get(i % NODES.size()), node, shards[i]));
    }
    return new NodeReport(node, "0", 5, replicas);
  }

  private static ReplicaReport replica(int number, NodeId leader, NodeId node, ShardReport shard) {
    return new ReplicaReport(
        number,
        node.equals(leader) ? Leadership.Role.LEADER : Leadership.Role.FOLLOWER,
        1,
        leader,
        7,
        shard.first(),
        shard.last(),
        Set.copyOf(NODES),
        Set.of(),
        shard.bytes(),
        shard.opsPerSecond());
  }
}
