package kvstore.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.KeyspaceStats;
import kvstore.engine.storage.StorageStats;
import kvstore.replication.Leadership;
import kvstore.replication.Membership;
import kvstore.replication.NodeId;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.raft.RaftHost;
import kvstore.replication.transport.PeerTransport;
import kvstore.server.admin.Administration;
import kvstore.server.cluster.Identity;
import kvstore.server.console.NodeView;
import kvstore.server.console.PeerStatus;
import kvstore.server.console.ShardDigest;
import kvstore.server.console.ShardLeader;
import kvstore.server.console.ShardStatus;
import kvstore.server.console.StorageStatus;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import kvstore.server.router.Leaders;
import kvstore.server.router.Router;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/** What this node shows of itself, read off its parts at each call. */
final class LocalNodeView implements NodeView {

  private final Identity identity;
  private final PeerTransport transport;
  private final RaftHost raft;
  private final ClusterView cluster;
  private final Leaders leaders;
  private final LocalShards shards;
  private final Router router;
  private final Administration administration;

  LocalNodeView(
      Identity identity,
      PeerTransport transport,
      RaftHost raft,
      ClusterView cluster,
      Leaders leaders,
      LocalShards shards,
      Router router,
      Administration administration) {
    this.identity = identity;
    this.transport = transport;
    this.raft = raft;
    this.cluster = cluster;
    this.leaders = leaders;
    this.shards = shards;
    this.router = router;
    this.administration = administration;
  }

  @Override
  public NodeId id() {
    return identity.nodeId();
  }

  @Override
  public String clusterId() {
    return identity.clusterId();
  }

  @Override
  public int peerPort() {
    return transport.boundPort();
  }

  @Override
  public List<ShardStatus> shards() {
    return shards.all().stream().map(this::status).toList();
  }

  private ShardStatus status(Shard shard) {
    Membership membership = shard.log().membership();
    ReplicatedLog.Progress progress = shard.log().progress();
    Keyspace keyspace = shard.keyspace();
    KeyspaceStats stats = keyspace == null ? null : keyspace.stats();
    return new ShardStatus(
        "shard" + shard.number(),
        shard.firstSlot(),
        shard.lastSlot(),
        shard.leadership(),
        new ShardStatus.Replicas(membership.voters().size(), membership.learners().size()),
        new ShardStatus.Progress(
            progress.committedIndex(),
            progress.appliedIndex(),
            shard.queued() + router.waiting(),
            shard.queuedBytes()),
        stats == null ? 0 : stats.keys(),
        stats == null ? 0 : stats.expiring());
  }

  @Override
  public long forwarded() {
    return router.forwarded();
  }

  @Override
  public ClusterState cluster() {
    return cluster.current();
  }

  @Override
  public CompletionStage<Void> transferLeadership(int number, NodeId to) {
    for (Shard shard : shards.all()) {
      if (shard.number() == number && shard.leadership().isLeader()) {
        return shard.log().membership().transferLeadership(to);
      }
    }
    return NodeView.super.transferLeadership(number, to);
  }

  /** A replica here knows best; of other shards the newest news counts. */
  @Override
  public @Nullable ShardLeader leader(int number) {
    Leaders.Known known = leaders.of(number);
    Shard shard = shards.find(number);
    if (shard == null) {
      return known == null
          ? null
          : new ShardLeader(known.node(), known.term(), transport.isConnected(known.node()));
    }
    Leadership leadership = shard.leadership();
    NodeId leader = leadership.leader();
    if (leader != null && (known == null || known.term() <= leadership.term())) {
      return new ShardLeader(leader, leadership.term(), true);
    }
    return known == null ? null : new ShardLeader(known.node(), known.term(), false);
  }

  @Override
  public CompletionStage<List<ShardDigest>> digests() {
    CompletableFuture<List<ShardDigest>> all = CompletableFuture.completedFuture(List.of());
    for (Shard shard : shards.all()) {
      all =
          all.thenCombine(
              shard.digest(),
              (before, digest) -> {
                List<ShardDigest> more = new ArrayList<>(before);
                more.add(
                    new ShardDigest(
                        shard.number(),
                        digest.appliedIndex(),
                        digest.appliedTerm(),
                        digest.records(),
                        digest.checksum()));
                return more;
              });
    }
    return all;
  }

  @Override
  public Administration administration() {
    return administration;
  }

  @Override
  public List<PeerStatus> peers() {
    return cluster.current().nodes().stream()
        .filter(node -> node.status() != NodeEntry.Status.OUT)
        .map(this::peer)
        .toList();
  }

  private PeerStatus peer(NodeEntry node) {
    boolean connected = node.id().equals(identity.nodeId()) || transport.isConnected(node.id());
    return new PeerStatus(node.id(), node.host(), node.port(), node.peerPort(), connected);
  }

  @Override
  public StorageStatus storage() {
    long blockCache = 0;
    long writeBuffers = 0;
    long tableReaders = 0;
    long disk = 0;
    for (Shard shard : shards.all()) {
      Keyspace keyspace = shard.keyspace();
      if (keyspace == null) {
        continue;
      }
      StorageStats stats = keyspace.stats().storage();
      blockCache = Math.max(blockCache, stats.blockCacheBytes()); // one cache for all
      writeBuffers += stats.memtableBytes();
      tableReaders += stats.tableReaderBytes();
      disk += stats.totalFileBytes();
    }
    return new StorageStatus(blockCache, writeBuffers, tableReaders, disk, raft.logBytes());
  }
}
