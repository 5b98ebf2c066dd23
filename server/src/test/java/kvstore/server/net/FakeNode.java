package kvstore.server.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.console.NodeView;
import kvstore.server.console.PeerStatus;
import kvstore.server.console.ShardLeader;
import kvstore.server.console.ShardStatus;
import kvstore.server.console.StorageStatus;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/** A node with one shard of three voters; a test may give it other shards. */
public final class FakeNode implements NodeView {

  private static final NodeId ID = new NodeId("n1");

  public volatile @Nullable NodeId leader = ID;
  volatile List<NodeEntry> nodes = List.of(node("n1"), node("n2"), node("n3"));
  volatile List<ShardEntry> shards = List.of(shard(1, 0, 16383, "n1", "n2", "n3"));
  final Map<Integer, ShardLeader> leaders = new ConcurrentHashMap<>();

  static NodeEntry node(String id) {
    int number = Integer.parseInt(id.substring(1));
    return new NodeEntry(
        new NodeId(id),
        number == 1 ? "127.0.0.1" : "host" + number,
        7378 + number,
        12378 + number,
        17378 + number,
        "",
        NodeEntry.Status.ACTIVE,
        "1",
        0);
  }

  static ShardEntry shard(int number, int first, int last, String... voters) {
    List<ReplicaEntry> replicas = new ArrayList<>();
    for (String voter : voters) {
      replicas.add(new ReplicaEntry(new NodeId(voter), ReplicaEntry.Role.VOTER));
    }
    return new ShardEntry(number, first, last, replicas, null);
  }

  void leads(int shard, String node, long term) {
    leaders.put(shard, new ShardLeader(new NodeId(node), term, true));
  }

  void leaderless(int shard, String last, long term) {
    leaders.put(shard, new ShardLeader(new NodeId(last), term, false));
  }

  @Override
  public ClusterState cluster() {
    return new ClusterState(7, clusterId(), Settings.DEFAULT, nodes, shards, 9);
  }

  @Override
  public @Nullable ShardLeader leader(int shard) {
    return leaders.get(shard);
  }

  @Override
  public NodeId id() {
    return ID;
  }

  @Override
  public String clusterId() {
    return "test-cluster";
  }

  @Override
  public int peerPort() {
    return 17379;
  }

  @Override
  public List<ShardStatus> shards() {
    return List.of(
        new ShardStatus(
            "s0",
            0,
            16383,
            new Leadership(Leadership.Role.LEADER, 3, leader),
            new ShardStatus.Replicas(3, 0),
            new ShardStatus.Progress(10, 9, 1, 100),
            5,
            2));
  }

  @Override
  public List<PeerStatus> peers() {
    return nodes.stream()
        .map(node ->
            new PeerStatus(node.id(), node.host(), node.port(), node.peerPort(), !node.isDown()))
        .toList();
  }

  @Override
  public StorageStatus storage() {
    return new StorageStatus(1, 2, 3, 4, 5);
  }
}
