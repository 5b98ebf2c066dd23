package kvstore.testkit.simulation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.KeyspaceSnapshot;
import kvstore.engine.storage.MemoryStorage;
import kvstore.protocol.CommandTable;
import kvstore.protocol.Slots;
import kvstore.replication.NodeId;
import kvstore.replication.StateMachine;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.net.SimulatedDoor;
import kvstore.server.router.Leaders;
import kvstore.server.router.Router;
import kvstore.server.shard.BatchLimits;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardStorage;
import org.jspecify.annotations.Nullable;

/**
 * A node: its disk, and, while it runs, a process with the real connections, router, shard and
 * engine on simulated clocks, network, log and storage.
 */
final class SimulatedNode {

  static final int SHARD = 1;
  static final String GROUP = "shard1";

  private static final long REQUEST_DEADLINE = 2 * Rates.SECOND;
  private static final long LEADER_WAIT = 1 * Rates.SECOND;

  /** What the nodes share. */
  record Cluster(
      World world,
      SimulatedNetwork network,
      Invariants invariants,
      ClusterState state,
      Members members,
      LogHost.Post post,
      Supplier<Path> folders,
      Mutant mutant) {}

  final NodeId id;
  final Disk disk = new Disk();
  private final Cluster cluster;
  private final World world;
  private @Nullable Life life;
  private @Nullable LogHost logs;
  private @Nullable Shard shard;
  private @Nullable SimulatedDoor door;

  SimulatedNode(NodeId id, Cluster cluster) {
    this.id = id;
    this.cluster = cluster;
    this.world = cluster.world();
  }

  boolean isUp() {
    return life != null;
  }

  @Nullable Life life() {
    return life;
  }

  @Nullable LogHost logs() {
    return logs;
  }

  @Nullable SimulatedDoor door() {
    return door;
  }

  @Nullable SimulatedLog log() {
    LogHost host = logs;
    return host == null ? null : host.log(GROUP);
  }

  @Nullable Shard shard() {
    return shard;
  }

  void start() {
    world.tell(() -> id + " starts");
    Life born = new Life(world, id);
    life = born;
    SimulatedNetwork.Port port = cluster.network().open(born);
    LogHost host =
        new LogHost(
            born, disk, cluster.post(), cluster.invariants(), cluster.folders(), cluster.mutant());
    logs = host;
    Leaders leaders = new Leaders();
    Local local = new Local(leaders);
    try {
      Shard opened =
          new Shard(
              SHARD,
              new DiskStorage(born),
              machine -> open(host, machine),
              limits(),
              new Shard.Surroundings(
                  born.clock(),
                  born.workers(),
                  born.timer(),
                  kvstore.server.shard.Births.NONE,
                  born::nanoTime),
              local);
      shard = opened;
      local.set(opened);
      SimulatedLog log = host.log(GROUP);
      if (log != null) {
        log.digest(() -> digest(opened));
      }
      Router router =
          Router.start(
              CommandTable.standard(),
              new ClusterView(cluster.state()),
              leaders,
              local,
              port,
              born.timer(),
              new Router.RouterTimes(REQUEST_DEADLINE, LEADER_WAIT, born::nanoTime));
      door = new SimulatedDoor(router, new ShownNode(id, cluster.state()), born.clock());
    } catch (IOException e) {
      world.violated(id + " does not start: " + e);
    }
  }

  private SimulatedLog open(LogHost host, StateMachine machine) throws IOException {
    return host.open(GROUP, machine, cluster.members());
  }

  /** Small, so that every bound is met. */
  private BatchLimits limits() {
    return new BatchLimits(
        (int) world.between(1, 3), (int) world.between(1, 20), 400, world.between(1_000, 100_000));
  }

  private static @Nullable String digest(Shard shard) {
    Keyspace keyspace = shard.keyspace();
    if (keyspace == null) {
      return null;
    }
    try (KeyspaceSnapshot snapshot = keyspace.snapshot()) {
      return snapshot.digest().checksum();
    } catch (IOException e) {
      return null;
    }
  }

  @Nullable String digest() {
    Shard opened = shard;
    return opened == null ? null : digest(opened);
  }

  /** Ends without warning; what its disk had not synced is lost. */
  void crash() {
    Life dying = life;
    if (dying == null) {
      return;
    }
    world.tell(() -> id + " crashes");
    end(dying);
    disk.crash(world.random);
  }

  /** Stops in order: log and state are durable. */
  void stop() {
    Life dying = life;
    Shard closing = shard;
    if (dying == null || closing == null || dying.isStalled()) {
      return;
    }
    world.tell(() -> id + " stops");
    try {
      closing.close();
    } catch (IOException e) {
      world.violated(id + " does not stop: " + e);
    }
    end(dying);
    disk.crash(world.random);
  }

  private void end(Life dying) {
    dying.die();
    life = null;
    logs = null;
    shard = null;
    door = null;
    cluster.network().gone(dying);
  }

  /** The one shard, which tells the router of its leaders. */
  private static final class Local implements LocalShards, Runnable {
    private final Leaders leaders;
    private @Nullable Shard shard;

    Local(Leaders leaders) {
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
        leaders.offer(SHARD, new Leaders.Known(leader, opened.leadership().term()));
      }
    }

    @Override
    public @Nullable Shard find(int number) {
      return number == SHARD ? shard : null;
    }

    @Override
    public List<Shard> all() {
      List<Shard> all = new ArrayList<>();
      if (shard != null) {
        all.add(shard);
      }
      return all;
    }
  }

  private final class DiskStorage implements ShardStorage {
    private final Life owner;

    DiskStorage(Life owner) {
      this.owner = owner;
    }

    @Override
    public Keyspace open() throws IOException {
      MemoryStorage last = disk.storage(SHARD);
      MemoryStorage storage = last == null ? new MemoryStorage() : last.afterCrash();
      disk.storage(SHARD, storage);
      return Keyspace.open(
          new SimulatedStorage(owner, storage),
          Slots::slotOf,
          KeyspaceLimits.DEFAULT,
          new SplittableRandom(1));
    }

    @Override
    public void restore(Path checkpoint) throws IOException {
      owner.maybeStall();
      disk.storage(SHARD, MemoryStorage.fromCheckpoint(checkpoint));
      owner.maybeStall();
    }
  }
}
