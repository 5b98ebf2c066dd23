package kvstore.server;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.protocol.CommandTable;
import kvstore.replication.raft.RaftHost;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.admin.AdminDesk;
import kvstore.server.admin.DirectoryAdministration;
import kvstore.server.balance.Balancer;
import kvstore.server.balance.BalancerOrders;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.cluster.Founding;
import kvstore.server.cluster.Identity;
import kvstore.server.cluster.JoinDesk;
import kvstore.server.cluster.Replicas;
import kvstore.server.config.ClusterMember;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.NodeView;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.DirectoryService;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.StateFile;
import kvstore.server.directory.Surroundings;
import kvstore.server.memory.ClientMemory;
import kvstore.server.net.Versions;
import kvstore.server.router.DataPath;
import kvstore.server.router.Leaders;
import kvstore.server.router.Router;
import kvstore.server.shard.ReadPlace;

/**
 * Everything of a node but its client and HTTP ports: data directory, peer port, log, shards,
 * router. Started and closed by one thread; {@link #dataPath} and {@link #view} are for any.
 */
public final class Node implements AutoCloseable {

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
  static Node start(ServerOptions options, InstantSource clock, BoundPorts ports)
      throws IOException {
    Closing closing = new Closing();
    try {
      return start(options, clock, ports, closing);
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

  private static Node start(
      ServerOptions options, InstantSource clock, BoundPorts ports, Closing closing)
      throws IOException {
    DataDirectory directory = closing.later(DataDirectory.open(options.node().dir()));
    Endpoints endpoints = options.endpoints(directory.stored().map(Identity::self));
    Identity identity = new ClusterEntry(options, directory).enter(endpoints, ports);

    RocksDbResources resources =
        closing.later(
            new RocksDbResources(
                Tuning.resourceOptions(options.storage()), identity.nodeId().hashCode()));
    ScheduledExecutorService timer = timer("timer", closing);
    ScheduledExecutorService keeper = timer("replica-keeper", closing);
    ClientMemory memory = Tuning.clientMemory();
    ThreadPoolExecutor io = Tuning.ioPool();
    closing.later(io::shutdownNow);
    PeerTransport transport =
        closing.later(startTransport(options, endpoints, identity, directory));
    RaftHost raft =
        closing.later(RaftHost.start(Tuning.raftOptions(options, directory), transport));

    Endpoints bound = ports.endpoints();
    NodeEntry self = self(identity, options, bound, transport.boundPort());
    StateFile stored = new StateFile(directory.clusterState());
    ClusterView view = new ClusterView(first(identity, self, stored));
    stored.follow(view, io);
    view.listen(new Peers(transport));
    view.listen(state -> raft.limitCopying(state.settings().copyBytesPerSecond()));
    Leaders leaders = new Leaders();
    DirectoryService service =
        closing.later(
            new DirectoryService(new Surroundings(transport, view, leaders, timer, clock)));

    ShardNews news = new ShardNews(identity.nodeId(), leaders);
    ReplicaOpener opener =
        new ReplicaOpener(
            identity.clusterId(),
            identity.nodeId(),
            directory,
            stored,
            new ReplicaOpener.Shared(
                raft,
                resources,
                clock,
                io,
                ReadPlace.ofProcess(),
                timer,
                Tuning.admission(options.consistency(), memory)),
            (group, voters, learners) ->
                service.open(machine -> raft.open(group, machine, voters, learners)),
            news);
    Replicas replicas = closing.later(new Replicas(identity, directory, view, opener, keeper));
    Balancer balancer = Balancer.start(service, replicas, transport, timer, clock);
    service.administer(new AdminDesk(service, new BalancerOrders(service, balancer)));
    opener.start(replicas);
    Router router =
        Router.start(
            CommandTable.standard(),
            view,
            leaders,
            replicas,
            transport,
            timer,
            Tuning.times(options.consistency()),
            new SecureRandom().nextLong(),
            memory);
    news.connect(replicas, service.announcements()::leads);
    service.report(new OwnReport(identity.nodeId(), view, replicas, service::localLog), self);
    JoinDesk.open(transport, view, Versions.OWN, new JoinDirectory(service.client()));
    NodeView shown =
        new LocalNodeView(
            identity,
            transport,
            raft,
            view,
            leaders,
            replicas,
            router,
            new DirectoryAdministration(service.client()));
    return new Node(closing, endpoints, router, shown);
  }

  private static ScheduledExecutorService timer(String name, Closing closing) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory(name, true));
    closing.later(timer::shutdownNow);
    return timer;
  }

  private static NodeEntry self(
      Identity identity, ServerOptions options, Endpoints bound, int peerPort) {
    return new NodeEntry(
        identity.nodeId(),
        bound.advertiseHost(),
        bound.port(),
        bound.clusterPort(),
        // as the list says: that is the way to it, wherever it listens itself
        options.node().self().map(ClusterMember::peerPort).orElse(peerPort),
        options.node().zone(),
        NodeEntry.Status.ACTIVE,
        Versions.OWN,
        0);
  }

  /** What this node takes for the state of its cluster until it hears of it. */
  private static ClusterState first(Identity identity, NodeEntry self, StateFile stored)
      throws IOException {
    return stored
        .load(identity.clusterId())
        .orElseGet(() -> Founding.assumedBy(identity, self, ClusterMember.CLUSTER_PORT_OFFSET));
  }

  private static PeerTransport startTransport(
      ServerOptions options, Endpoints endpoints, Identity identity, DataDirectory directory)
      throws IOException {
    // a node that joined has told others its peer port, even if it was to take any free one
    int peerPort = identity.isFounder() ? endpoints.peerPort() : identity.self().peerPort();
    return PeerTransport.start(
        TransportOptions.of(
                identity.nodeId(),
                identity.clusterId(),
                ClusterEntry.secret(options),
                endpoints.host(),
                peerPort)
            .withAcquaintances(directory.acquaintances(identity.nodeId())));
  }
}
