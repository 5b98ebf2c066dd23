package kvstore.server.net;

import java.util.List;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.console.NodeView;
import kvstore.server.console.PeerStatus;
import kvstore.server.console.ShardStatus;
import kvstore.server.console.StorageStatus;
import org.jspecify.annotations.Nullable;

/** A node with one shard of three voters. */
public final class FakeNode implements NodeView {

  private static final NodeId ID = new NodeId("n1");

  public volatile @Nullable NodeId leader = ID;

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
    return List.of(new PeerStatus(ID, "127.0.0.1", 7379, 17379, true));
  }

  @Override
  public StorageStatus storage() {
    return new StorageStatus(1, 2, 3, 4, 5);
  }
}
