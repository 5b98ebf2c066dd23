package kvstore.server;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.protocol.CommandTable;
import kvstore.replication.NodeId;
import kvstore.replication.raft.RaftBudget;
import kvstore.replication.raft.RaftHost;
import kvstore.replication.raft.RaftHostOptions;
import kvstore.replication.raft.RaftTimings;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.cluster.Founding;
import kvstore.server.cluster.Identity;
import kvstore.server.config.ClusterMember;
import kvstore.server.config.ConsistencyOptions;
import kvstore.server.config.Endpoints;
import kvstore.server.config.Secret;
import kvstore.server.config.ServerOptions;
import kvstore.server.config.StorageOptions;
import kvstore.server.console.NodeView;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.net.Versions;
import kvstore.server.router.DataPath;
import kvstore.server.router.Router;
import kvstore.server.router.ShardMap;
import kvstore.server.shard.BatchLimits;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardStorage;

/**
 * Everything of a node but its client and HTTP ports: data directory, peer port, log, shards,
 * router. Started and closed by one thread; {@link #dataPath} and {@link #view} are for any.
 */
public final class Node implements AutoCloseable {

  /** Threads for reads that wait for the disk; such a read holds one for its whole time. */
  private static final int IO_THREADS = 8;

  /** Reads waiting for such a thread; more are refused as not applied. */
  private static final int IO_QUEUE = 4_096;

  /** How long a command waits for a leader; well above a failover, well below clients' patience. */
  private static final Duration LEADER_WAIT = Duration.ofSeconds(2);

  /** The log wants some of the election timeout as a margin, however little was configured. */
  private static final int MOST_LEASE_PERCENT = 95;

  /** Proven where no secret is configured, so that one side with a secret refuses the other. */
  private static final String NO_SECRET = "kvstore: no cluster secret is configured";

  /** The shard of a cluster that has one. */
  private static final int SHARD = 1;

  private final Closing closing;
  private final Endpoints endpoints;
  private final Router router;
  private final NodeView view;

  private Node(Closing closing, Endpoints endpoints, Router router, NodeView view) {
    this.closing = closing;
    this.endpoints = endpoints;
    this.router = router;
    this.view = view;
  }

  /**
   * Starts the node: ready to take commands on return, though perhaps not yet with a leader.
   *
   * @param clock wall clock, for expiry
   * @throws kvstore.server.cluster.DataDirectoryException if the directory cannot be used
   * @throws IOException if a port cannot be had or the data cannot be opened
   */
  public static Node start(ServerOptions options, InstantSource clock) throws IOException {
    Closing closing = new Closing();
    try {
      return start(options, clock, closing);
    } catch (IOException | RuntimeException | Error e) {
      closing.close();
      throw e;
    }
  }

  /** Where the node listens, as configured and remembered; ports may be 0. */
  public Endpoints endpoints() {
    return endpoints;
  }

  public DataPath dataPath() {
    return router;
  }

  public NodeView view() {
    return view;
  }

  /** Stops in order; acknowledged writes are on disk already. */
  @Override
  public void close() {
    closing.close();
  }

  private static Node start(ServerOptions options, InstantSource clock, Closing closing)
      throws IOException {
    DataDirectory directory = closing.later(DataDirectory.open(options.node().dir()));
    Optional<Identity> stored = directory.stored();
    Endpoints endpoints = options.endpoints(stored.map(Identity::self));
    Identity identity = directory.claim(wanted(options, endpoints, stored));

    RocksDbResources resources =
        closing.later(new RocksDbResources(resourceOptions(options.storage())));
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("timer", true));
    closing.later(timer::shutdownNow);
    ThreadPoolExecutor io = ioPool();
    closing.later(io::shutdownNow);
    PeerTransport transport = closing.later(startTransport(options, endpoints, identity));
    RaftHost raft = closing.later(RaftHost.start(raftOptions(options, directory), transport));

    ClusterView cluster = new ClusterView(assumed(identity, endpoints));
    Set<NodeId> voters =
        Objects.requireNonNull(cluster.current().shard(SHARD)).nodes(ReplicaEntry.Role.VOTER);
    LeadershipSignal signal = new LeadershipSignal();
    ShardStorage storage =
        new RocksDbShardStorage(directory.shard(SHARD), resources, KeyspaceLimits.DEFAULT);
    Shard shard =
        closing.later(
            new Shard(
                SHARD,
                storage,
                machine -> raft.open(group(identity, SHARD), machine, voters, Set.of()),
                BatchLimits.DEFAULT,
                new Shard.Surroundings(clock, io, timer),
                signal));
    Router router =
        Router.start(
            CommandTable.standard(), shard, transport, timer, times(options.consistency()));
    signal.connect(router::leadershipChanged);
    NodeView view =
        new LocalNodeView(
            identity, transport, raft, cluster, ShardMap.ofOneShard(), List.of(shard), router);
    return new Node(closing, endpoints, router, view);
  }

  /** Who this node would be if its directory were unused. */
  private static Identity wanted(
      ServerOptions options, Endpoints endpoints, Optional<Identity> stored) {
    List<ClusterMember> members = options.node().initialCluster();
    if (members.isEmpty() && stored.isPresent() && options.node().id().isEmpty()) {
      return stored.get(); // --dir alone: the role it had
    }
    if (members.isEmpty() && stored.isPresent()) {
      members = stored.get().members();
    }
    NodeId id =
        options
            .node()
            .id()
            .or(() -> stored.map(Identity::nodeId))
            .orElseGet(() -> new NodeId("n1"));
    ClusterMember self =
        new ClusterMember(id, endpoints.advertiseHost(), endpoints.port(), endpoints.peerPort());
    return Identity.create(self, options.node().replicas(), members);
  }

  private static ClusterState assumed(Identity identity, Endpoints endpoints) {
    ClusterMember self = identity.self();
    NodeEntry entry =
        new NodeEntry(
            self.id(),
            self.host(),
            self.port(),
            endpoints.clusterPort(),
            self.peerPort(),
            "",
            NodeEntry.Status.ACTIVE,
            Versions.OWN,
            0);
    return Founding.assumedBy(identity, entry, ClusterMember.CLUSTER_PORT_OFFSET);
  }

  private static String group(Identity identity, int shard) {
    return "c" + identity.clusterId() + "-shard" + shard;
  }

  private static PeerTransport startTransport(
      ServerOptions options, Endpoints endpoints, Identity identity) throws IOException {
    // Without a secret the node listens on loopback only, or was told to be insecure: what is left
    // to guard against is a mix-up, and the cluster's id, which both sides say, does that.
    byte[] secret =
        options
            .security()
            .clusterSecret()
            .map(Secret::bytes)
            .orElseGet(() -> NO_SECRET.getBytes(StandardCharsets.US_ASCII));
    PeerTransport transport =
        PeerTransport.start(
            TransportOptions.of(
                identity.nodeId(),
                identity.clusterId(),
                secret,
                endpoints.host(),
                endpoints.peerPort()));
    for (ClusterMember member : identity.members()) {
      if (!member.id().equals(identity.nodeId())) {
        transport.setPeer(member.id(), member.host(), member.peerPort());
      }
    }
    return transport;
  }

  private static RocksDbResources.Options resourceOptions(StorageOptions storage) {
    RocksDbResources.Options defaults = RocksDbResources.Options.DEFAULT;
    return new RocksDbResources.Options(
        storage.blockCache().bytes() + storage.writeBuffers().bytes(),
        storage.writeBuffers().bytes(),
        defaults.compactionBytesPerSecond(),
        defaults.backgroundThreads(),
        defaults.openFilesPerStorage());
  }

  private static RaftHostOptions raftOptions(ServerOptions options, DataDirectory directory) {
    ConsistencyOptions consistency = options.consistency();
    Duration timeout = consistency.electionTimeout();
    // a margin above or below what the log can do becomes the nearest that it can
    long lease = timeout.minus(consistency.leaseMargin()).toMillis() * 100 / timeout.toMillis();
    int leasePercent = (int) Math.max(1, Math.min(MOST_LEASE_PERCENT, lease));
    return RaftHostOptions.of(directory.raft())
        .withTimings(
            RaftTimings.DEFAULT.withElection(timeout, timeout).withLeasePercent(leasePercent))
        .withBudget(
            RaftBudget.DEFAULT.withSnapshotLogBytes(options.storage().snapshotLog().bytes()));
  }

  private static Router.RouterTimes times(ConsistencyOptions consistency) {
    Duration deadline = consistency.requestDeadline();
    Duration wait = deadline.compareTo(LEADER_WAIT) < 0 ? deadline : LEADER_WAIT;
    return new Router.RouterTimes(deadline.toNanos(), wait.toNanos());
  }

  private static ThreadPoolExecutor ioPool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            IO_THREADS,
            IO_THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(IO_QUEUE),
            new DefaultThreadFactory("storage-io", true));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
