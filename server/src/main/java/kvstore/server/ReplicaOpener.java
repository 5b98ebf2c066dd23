package kvstore.server;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntConsumer;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.keyspace.RecordCache;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.replication.NodeId;
import kvstore.replication.raft.RaftHost;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.cluster.Replicas;
import kvstore.server.cluster.ShardBirths;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ShardEntry;
import kvstore.server.directory.StateFile;
import kvstore.server.shard.Admission;
import kvstore.server.shard.BatchLimits;
import kvstore.server.shard.ReadPlace;
import kvstore.server.shard.Shard;

/** Makes this node's replicas out of what they share, those born of splits among them. */
final class ReplicaOpener implements Replicas.Opener {

  /** Opens this node's replica of the directory. */
  interface DirectoryOpener {
    AutoCloseable open(String group, Set<NodeId> voters, Set<NodeId> learners) throws IOException;
  }

  /**
   * What all replicas share.
   *
   * @param clock wall clock, for leader time
   * @param io for what may block
   * @param timer for deadlines
   * @param admission bounds what waits on this node
   */
  record Shared(
      RaftHost raft,
      RocksDbResources resources,
      InstantSource clock,
      Executor io,
      ReadPlace place,
      ScheduledExecutorService timer,
      Admission admission) {}

  private final String clusterId;
  private final DataDirectory directory;
  private final StateFile stateFile;
  private final Shared shared;
  private final BirthSteps steps;
  private final ShardBirths births;
  private final DirectoryOpener directoryOpener;
  private final IntConsumer leadershipListener;

  /** Of recent values of all shards. */
  private final RecordCache cache = Tuning.recordCache();

  /**
   * @param leadershipListener told, on a replica's apply thread, the number of each data shard for
   *     which another leader is known
   */
  ReplicaOpener(
      String clusterId,
      NodeId self,
      DataDirectory directory,
      StateFile stateFile,
      Shared shared,
      DirectoryOpener directoryOpener,
      IntConsumer leadershipListener) {
    this.clusterId = clusterId;
    this.directory = directory;
    this.stateFile = stateFile;
    this.shared = shared;
    this.steps = new BirthSteps(shared.raft(), this::group, shared.resources());
    this.births =
        new ShardBirths(
            directory.shards(), self, directory::hasLeft, steps, shared.io(), shared.timer());
    this.directoryOpener = directoryOpener;
    this.leadershipListener = leadershipListener;
  }

  /** Finishes what a former run began, and starts to open replicas. */
  void start(Replicas opened) throws IOException {
    steps.connect(opened);
    opened.recover();
    births.recover();
    opened.start();
  }

  private String group(int number) {
    return "c" + clusterId + (number == ShardEntry.DIRECTORY ? "-directory" : "-shard" + number);
  }

  @Override
  public Shard open(int number, Set<NodeId> voters, Set<NodeId> learners) throws IOException {
    return new Shard(
        number,
        new RocksDbShardStorage(
            directory.shard(number), shared.resources(), KeyspaceLimits.DEFAULT, cache),
        machine -> shared.raft().open(group(number), machine, voters, learners),
        BatchLimits.DEFAULT,
        new Shard.Surroundings(
            shared.clock(),
            shared.io(),
            shared.place(),
            shared.timer(),
            births,
            System::nanoTime,
            shared.admission()),
        () -> leadershipListener.accept(number));
  }

  @Override
  public AutoCloseable openDirectory(Set<NodeId> voters, Set<NodeId> learners) throws IOException {
    return directoryOpener.open(group(ShardEntry.DIRECTORY), voters, learners);
  }

  @Override
  public void keep(ClusterState state) throws IOException {
    if (state.version() > 0) {
      stateFile.keep(state);
    }
  }

  @Override
  public boolean isExpected(int number) {
    return births.isExpected(number);
  }

  @Override
  public void opened(int number) {
    leadershipListener.accept(number); // what it said while it could not be found
  }

  @Override
  public void forget(int number) throws IOException {
    shared.raft().destroy(group(number));
    births.parentGone(number);
  }

  @Override
  public boolean holds(int number) throws IOException {
    return shared.raft().holds(group(number));
  }
}
