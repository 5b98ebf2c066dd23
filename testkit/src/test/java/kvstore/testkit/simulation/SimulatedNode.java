package kvstore.testkit.simulation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import kvstore.protocol.CommandTable;
import kvstore.replication.NodeId;
import kvstore.server.admin.AdminDesk;
import kvstore.server.admin.Administration.Answer;
import kvstore.server.balance.Balancer;
import kvstore.server.balance.BalancerOrders;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.cluster.Founding;
import kvstore.server.cluster.Identity;
import kvstore.server.cluster.Replicas;
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.DirectoryService;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ShardEntry;
import kvstore.server.directory.StateFile;
import kvstore.server.directory.Surroundings;
import kvstore.server.net.SimulatedDoor;
import kvstore.server.router.Leaders;
import kvstore.server.router.Router;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/**
 * A node: its disk, and, while it runs, a process put together as {@code kvstore.server.Node} does,
 * of the real connections, router, shards, engine, directory and balancer on simulated clocks,
 * network, log and storage.
 */
final class SimulatedNode {

  private static final long REQUEST_DEADLINE = 2 * Rates.SECOND;
  private static final long LEADER_WAIT = 1 * Rates.SECOND;

  /** What the nodes share. */
  record Cluster(
      World world,
      SimulatedNetwork network,
      Invariants invariants,
      List<ClusterMember> members,
      LogHost.Post post,
      Supplier<Path> folders,
      Mutant mutant) {}

  /** What a running process consists of. */
  private record Parts(
      DataDirectory directory,
      LogHost logs,
      ClusterView view,
      DirectoryService service,
      Replicas replicas,
      BalancerOrders orders,
      SimulatedDoor door) {}

  final NodeId id;
  final Disk disk = new Disk();
  private final Path root;
  private final Cluster cluster;
  private final World world;
  private @Nullable Life life;
  private @Nullable DataDirectory directory;
  private @Nullable LogHost logs;
  private @Nullable Parts parts;

  SimulatedNode(NodeId id, Path root, Cluster cluster) {
    this.id = id;
    this.root = root;
    this.cluster = cluster;
    this.world = cluster.world();
  }

  /** Whether it has a process, which perhaps is still starting. */
  boolean isUp() {
    return life != null;
  }

  @Nullable Life life() {
    return life;
  }

  @Nullable LogHost logs() {
    return logs;
  }

  /** Where clients connect; null while it does not serve. */
  @Nullable SimulatedDoor door() {
    Parts running = parts;
    return running == null ? null : running.door();
  }

  /** The cluster as the node knows it; null while it does not run. */
  @Nullable ClusterState state() {
    Parts running = parts;
    return running == null ? null : running.view().current();
  }

  /** The logs of its replicas, in the order of their names. */
  Collection<SimulatedLog> open() {
    LogHost host = logs;
    return host == null ? List.of() : host.all();
  }

  @Nullable SimulatedLog log(int number) {
    LogHost host = logs;
    return host == null ? null : host.log(SimulatedOpener.group(number));
  }

  @Nullable Shard shard(int number) {
    Parts running = parts;
    return running == null ? null : running.replicas().find(number);
  }

  /** Has an operator order something here; it is refused unless the node leads the directory. */
  void order(Function<BalancerOrders, CompletionStage<Answer>> order) {
    Parts running = parts;
    Life ordered = life;
    if (running != null && ordered != null) {
      world.after(
          0,
          ordered,
          () ->
              order
                  .apply(running.orders())
                  .whenComplete((answer, failure) ->
                      world.tell(
                          () -> id + " is ordered: " + (failure == null ? answer : failure))));
    }
  }

  void start() {
    world.tell(() -> id + " starts");
    Life born = new Life(world, id);
    life = born;
    SimulatedNetwork.Port port = cluster.network().open(born);
    world.after(
        0,
        born,
        () -> {
          try {
            boot(born, port);
          } catch (IOException e) {
            world.tell(() -> id + " does not start: " + e);
            crash(); // and whoever watches over processes starts it again
            world.after(
                300 * Rates.MILLI,
                () -> {
                  if (!isUp()) {
                    start();
                  }
                });
          }
        });
  }

  private void boot(Life born, SimulatedNetwork.Port port) throws IOException {
    DataDirectory opened = DataDirectory.open(root);
    directory = opened;
    ClusterMember self =
        cluster.members().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
    Identity identity = opened.claim(Identity.create(self, 3, cluster.members()));
    LogHost host =
        new LogHost(
            born, disk, cluster.post(), cluster.invariants(), cluster.folders(), cluster.mutant());
    logs = host;
    NodeEntry entry =
        new NodeEntry(
            id, self.host(), self.port(), 0, self.peerPort(), "", NodeEntry.Status.ACTIVE, "1", 0);
    StateFile stored = new StateFile(opened.clusterState());
    ClusterView view =
        new ClusterView(
            stored
                .load(identity.clusterId())
                .orElseGet(() -> Founding.assumedBy(identity, entry, 0)));
    stored.follow(view, born.workers());
    view.listen(state -> cluster.invariants().hears(id, state));
    Leaders leaders = new Leaders();
    DirectoryService service =
        new DirectoryService(
            new Surroundings(port, view, leaders, born.timer(), born.clock(), born::nanoTime));
    Report report = new Report(id, view, leaders, service);
    SimulatedOpener opener =
        new SimulatedOpener(
            new SimulatedOpener.Place(born, disk, host, opened, stored), service, report);
    Replicas replicas = new Replicas(identity, opened, view, opener, born.timer());
    Balancer balancer = Balancer.start(service, replicas, port, born.timer(), born.clock());
    BalancerOrders orders = new BalancerOrders(service, balancer);
    service.administer(new AdminDesk(service, orders));
    opener.start(replicas);
    Router router =
        Router.start(
            CommandTable.standard(),
            view,
            leaders,
            replicas,
            port,
            born.timer(),
            new Router.RouterTimes(REQUEST_DEADLINE, LEADER_WAIT, born::nanoTime),
            new SplittableRandom(31L * id.hashCode() + born.nanoTime()).nextLong());
    report.connect(replicas);
    service.report(report, entry);
    SimulatedDoor door = new SimulatedDoor(router, new ShownNode(id, view), born.clock());
    parts = new Parts(opened, host, view, service, replicas, orders, door);
  }

  /** What the state machine of a replica here holds; null if it is being replaced. */
  @Nullable String digest(int number) {
    LogHost host = logs;
    SimulatedLog log = host == null ? null : host.log(SimulatedOpener.group(number));
    return log == null ? null : log.digest();
  }

  /** Ends without warning; what its disk had not synced is lost. */
  void crash() {
    Life dying = life;
    if (dying == null) {
      return;
    }
    world.tell(() -> id + " crashes");
    end(dying);
  }

  /** Stops in order: log and state are durable. */
  void stop() {
    Life dying = life;
    Parts running = parts;
    if (dying == null || running == null || dying.isStalled()) {
      return;
    }
    world.tell(() -> id + " stops");
    world.after(
        0,
        dying,
        () -> {
          running.service().close();
          try {
            running.replicas().close();
          } catch (IOException e) {
            world.violated(id + " does not stop: " + e);
          }
          end(dying);
        });
  }

  private void end(Life dying) {
    dying.die();
    DataDirectory held = directory;
    if (held != null) {
      held.close(); // as the end of a process does
    }
    directory = null;
    life = null;
    logs = null;
    parts = null;
    cluster.network().gone(dying);
    disk.crash(world.random);
  }

  /** Whether all of its replicas are those that the state names, and none is on its way. */
  boolean isAsWanted(ClusterState wanted) {
    int replicas = 0;
    for (ShardEntry shard : wanted.shards()) {
      boolean mine = shard.replica(id) != null;
      replicas += mine ? 1 : 0;
      if (mine && log(shard.number()) == null) {
        return false;
      }
    }
    return open().size() == replicas;
  }
}
