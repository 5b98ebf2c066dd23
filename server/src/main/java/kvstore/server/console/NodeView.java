package kvstore.server.console;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kvstore.replication.NodeId;
import kvstore.server.admin.Administration;
import kvstore.server.directory.ClusterState;
import org.jspecify.annotations.Nullable;

/**
 * What INFO, the health checks and the metrics show of a node; implemented by the node itself.
 * Every method may be called on any thread, at any time after the start, and never blocks.
 */
public interface NodeView {

  NodeId id();

  /** The cluster's id, as in the data directory. */
  String clusterId();

  /** The port for other nodes, as bound. */
  int peerPort();

  /** One entry for each shard of which this node has a replica. */
  List<ShardStatus> shards();

  /** Every node of the cluster, this one included. */
  List<PeerStatus> peers();

  StorageStatus storage();

  /** Clients' commands sent on to the leader of another node since the start. */
  default long forwarded() {
    return 0;
  }

  /** Takes an operator's orders for the cluster; by default there is none to be had. */
  default Administration administration() {
    return words ->
        CompletableFuture.completedFuture(
            Administration.Answer.refused("this node has no part in a cluster's directory"));
  }

  /**
   * What each replica of this node holds. Completes on another thread, after reading everything;
   * fails if one cannot be read now.
   */
  default CompletionStage<List<ShardDigest>> digests() {
    return CompletableFuture.completedFuture(List.of());
  }

  /** The newest cluster state that this node has heard of; never waits for a newer one. */
  ClusterState cluster();

  /**
   * Hands the leadership of a shard that this node leads to another node, for tests; ends
   * exceptionally if that did not take over in time. Whoever balances the cluster may undo it.
   */
  default CompletionStage<Void> transferLeadership(int shard, NodeId to) {
    return CompletableFuture.failedFuture(
        new IllegalStateException("expected to lead shard " + shard + ", but this node does not"));
  }

  /** Who leads the shard, as far as this node knows, or null if it has never heard of any. */
  @Nullable ShardLeader leader(int shard);
}
