package kvstore.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntFunction;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.replication.raft.RaftHost;
import kvstore.server.cluster.Replicas;
import kvstore.server.cluster.ShardBirths;
import kvstore.server.shard.Birth;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/** How a node brings shards into being that split off; see {@link ShardBirths}. */
final class BirthSteps implements ShardBirths.Steps {

  private final RaftHost raft;
  private final IntFunction<String> groups;
  private final RocksDbResources resources;
  private volatile @Nullable Replicas replicas;

  /**
   * @param groups names of shards' groups
   */
  BirthSteps(RaftHost raft, IntFunction<String> groups, RocksDbResources resources) {
    this.raft = raft;
    this.groups = groups;
    this.resources = resources;
  }

  /** To be called before {@link ShardBirths#recover}, and before any shard is opened. */
  void connect(Replicas keepers) {
    replicas = keepers;
  }

  @Override
  public Keyspace open(Path folder) throws IOException {
    return storage(folder).open();
  }

  private RocksDbShardStorage storage(Path folder) {
    return new RocksDbShardStorage(folder, resources, KeyspaceLimits.DEFAULT);
  }

  @Override
  public void plant(Birth birth, Path checkpoint, Path folder) throws IOException {
    Replicas keepers = replicas;
    if (keepers != null && keepers.hasReached(birth.child(), birth.index())) {
      return; // its leader was faster
    }
    boolean fresh =
        raft.seed(
            groups.apply(birth.child()),
            checkpoint,
            birth.index(),
            birth.term(),
            birth.voters(),
            birth.learners());
    if (fresh) {
      // Found there, it need not be read to be loaded; after a crash before this it will be.
      storage(folder).restore(checkpoint);
    }
  }

  @Override
  public boolean makeWay(Birth birth) {
    Replicas keepers = replicas;
    return keepers != null && keepers.makeWay(birth.child(), birth.index());
  }

  @Override
  public void open(Birth birth, boolean leads) {
    Replicas keepers = replicas;
    if (keepers == null) {
      throw new IllegalStateException("expected the node's replicas to be known by now");
    }
    keepers.born(
        birth.child(),
        () -> {
          Shard child = keepers.find(birth.child());
          if (child == null) {
            return;
          }
          if (leads) {
            child.log().campaign();
          }
          child.log().requestSnapshot(); // one whose files have checksums
        });
  }
}
