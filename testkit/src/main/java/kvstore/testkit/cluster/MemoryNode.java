package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.storage.MemoryStorage;
import kvstore.protocol.CommandTable;
import kvstore.protocol.Slots;
import kvstore.replication.InMemoryReplicatedLog;
import kvstore.replication.NodeId;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.cluster.Founding;
import kvstore.server.cluster.Identity;
import kvstore.server.config.ClusterMember;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.NodeView;
import kvstore.server.console.PeerStatus;
import kvstore.server.console.ShardLeader;
import kvstore.server.console.ShardStatus;
import kvstore.server.console.StorageStatus;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import kvstore.server.net.NetServer;
import kvstore.server.net.Versions;
import kvstore.server.router.Leaders;
import kvstore.server.router.Router;
import kvstore.server.router.ShardMap;
import kvstore.server.shard.BatchLimits;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardStorage;
import org.jspecify.annotations.Nullable;

/**
 * A node in this process: the real connections, router, shard and engine over a log and a storage
 * in memory. Fast to start, and gone when closed.
 */
public final class MemoryNode implements AutoCloseable {

  private static final String CLUSTER = "memory";
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final Duration STOP = Duration.ofSeconds(1);

  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final NetServer server;

  private MemoryNode(List<String> arguments) throws IOException {
    ServerOptions options = ServerOptions.read(arguments, Map.of());
    NodeId self = new NodeId("single");
    ExecutorService apply = later(Executors.newSingleThreadExecutor());
    ExecutorService io = later(Executors.newSingleThreadExecutor());
    ScheduledExecutorService timer = later(Executors.newSingleThreadScheduledExecutor());
    PeerTransport transport = later(transport(self));
    Leaders leaders = new Leaders();
    LocalShard local = new LocalShard(leaders);
    Shard shard =
        new Shard(
            1,
            new MemoryShardStorage(),
            machine -> InMemoryReplicatedLog.single("shard1", machine, apply),
            BatchLimits.DEFAULT,
            new Shard.Surroundings(InstantSource.system(), io, timer),
            local);
    local.set(shard);
    resources.push(shard);
    Router router =
        Router.start(
            CommandTable.standard(),
            new ClusterView(cluster(self, transport.boundPort())),
            leaders,
            local,
            transport,
            timer,
            new Router.RouterTimes(DEADLINE.toNanos(), DEADLINE.toNanos()),
            new SecureRandom().nextLong());
    Endpoints endpoints = new Endpoints("127.0.0.1", "127.0.0.1", 0, 0, transport.boundPort(), 0);
    server =
        NetServer.bind(NetServer.Setup.of(options, InstantSource.system(), () -> {}), endpoints);
    resources.push(() -> server.stop(STOP));
    server.start(endpoints, router, new View(self, shard, transport.boundPort()));
  }

  /**
   * @param options of the server, as on its command line
   */
  public static MemoryNode start(String... options) throws IOException {
    return new MemoryNode(List.of(options));
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
  }

  /** Its port for clients that speak the Redis Cluster protocol. */
  public InetSocketAddress clusterAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.clusterPort());
  }

  @Override
  public void close() throws Exception {
    while (!resources.isEmpty()) {
      resources.pop().close();
    }
  }

  private <T extends AutoCloseable> T later(T resource) {
    resources.push(resource);
    return resource;
  }

  private <T extends ExecutorService> T later(T executor) {
    resources.push(executor::shutdownNow);
    return executor;
  }

  private static PeerTransport transport(NodeId self) throws IOException {
    byte[] secret = CLUSTER.getBytes(StandardCharsets.US_ASCII);
    return PeerTransport.start(TransportOptions.of(self, CLUSTER, secret, "127.0.0.1", 0));
  }

  private static ClusterState cluster(NodeId self, int peerPort) {
    ClusterMember member = new ClusterMember(self, "127.0.0.1", 0, peerPort);
    NodeEntry entry =
        new NodeEntry(self, "127.0.0.1", 0, 0, peerPort, "", NodeEntry.Status.ACTIVE, "", 0);
    return Founding.assumedBy(Identity.create(member, 1, List.of()), entry, 0);
  }

  /** The one shard, which tells the router through {@code leaders} that it leads. */
  private static final class LocalShard implements LocalShards, Runnable {
    private final Leaders leaders;
    private volatile @Nullable Shard shard;

    LocalShard(Leaders leaders) {
      this.leaders = leaders;
    }

    void set(Shard opened) {
      shard = opened;
      run();
    }

    @Override
    public void run() {
      Shard opened = shard;
      NodeId leader = opened == null ? null : opened.leadership().leader();
      if (opened != null && leader != null) {
        leaders.offer(1, new Leaders.Known(leader, opened.leadership().term()));
      }
    }

    @Override
    public @Nullable Shard find(int number) {
      return number == 1 ? shard : null;
    }

    @Override
    public List<Shard> all() {
      Shard opened = shard;
      return opened == null ? List.of() : List.of(opened);
    }
  }

  private static final class MemoryShardStorage implements ShardStorage {
    @Override
    public Keyspace open() throws IOException {
      return Keyspace.open(
          new MemoryStorage(), Slots::slotOf, KeyspaceLimits.DEFAULT, new SplittableRandom(1));
    }

    @Override
    public void restore(Path checkpoint) {
      throw new UnsupportedOperationException("a log of one replica needs no snapshots");
    }
  }

  private record View(NodeId id, Shard shard, int peerPort) implements NodeView {
    @Override
    public String clusterId() {
      return CLUSTER;
    }

    @Override
    public List<ShardStatus> shards() {
      Keyspace keyspace = shard.keyspace();
      return List.of(
          new ShardStatus(
              "shard1",
              0,
              ShardMap.SLOTS - 1,
              shard.leadership(),
              new ShardStatus.Replicas(1, 0),
              new ShardStatus.Progress(
                  shard.log().progress().committedIndex(),
                  shard.log().progress().appliedIndex(),
                  shard.queued(),
                  shard.queuedBytes()),
              keyspace == null ? 0 : keyspace.stats().keys(),
              keyspace == null ? 0 : keyspace.stats().expiring()));
    }

    @Override
    public ClusterState cluster() {
      NodeEntry self =
          new NodeEntry(
              id, "127.0.0.1", 0, 0, peerPort, "", NodeEntry.Status.ACTIVE, Versions.OWN, 0);
      ReplicaEntry replica = new ReplicaEntry(id, ReplicaEntry.Role.VOTER);
      ShardEntry entry =
          new ShardEntry(shard.number(), 0, ShardMap.SLOTS - 1, List.of(replica), null);
      return new ClusterState(0, CLUSTER, Settings.DEFAULT, List.of(self), List.of(entry), 2);
    }

    @Override
    public ShardLeader leader(int number) {
      return new ShardLeader(id, shard.leadership().term(), true);
    }

    @Override
    public List<PeerStatus> peers() {
      return List.of(new PeerStatus(id, "127.0.0.1", 0, peerPort, true));
    }

    @Override
    public StorageStatus storage() {
      return new StorageStatus(0, 0, 0, 0, 0);
    }
  }
}
