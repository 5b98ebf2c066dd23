package kvstore.testkit.simulation;

import java.util.List;
import kvstore.replication.NodeId;
import kvstore.server.console.NodeView;
import kvstore.server.console.PeerStatus;
import kvstore.server.console.ShardLeader;
import kvstore.server.console.ShardStatus;
import kvstore.server.console.StorageStatus;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import org.jspecify.annotations.Nullable;

/** What connections may ask of their node; simulated clients ask for nothing of it. */
record ShownNode(NodeId id, ClusterView view) implements NodeView {

  @Override
  public ClusterState cluster() {
    return view.current();
  }

  @Override
  public String clusterId() {
    return cluster().clusterId();
  }

  @Override
  public int peerPort() {
    return 0;
  }

  @Override
  public List<ShardStatus> shards() {
    return List.of();
  }

  @Override
  public List<PeerStatus> peers() {
    return List.of();
  }

  @Override
  public StorageStatus storage() {
    return new StorageStatus(0, 0, 0, 0, 0);
  }

  @Override
  public @Nullable ShardLeader leader(int number) {
    return null;
  }
}
