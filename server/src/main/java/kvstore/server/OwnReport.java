package kvstore.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import kvstore.engine.keyspace.Keyspace;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.ReplicatedLog;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ShardEntry;
import kvstore.server.net.Versions;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/** What this node tells the directory of itself, put together at each call; any one thread. */
final class OwnReport implements Supplier<NodeReport> {

  /** Looking up the size of files costs; it changes slowly. */
  private static final long SIZE_AGE_NANOS = 2_000_000_000L;

  private record Size(long bytes, long atNanos) {}

  private record Count(long commands, long atNanos, long perSecond) {}

  private final NodeId self;
  private final ClusterView view;
  private final LocalShards shards;
  private final Supplier<@Nullable ReplicatedLog> directory;
  private final Map<Integer, Size> sizes = new ConcurrentHashMap<>();
  private final Map<Integer, Count> counts = new ConcurrentHashMap<>();

  /**
   * @param directory this node's replica of the directory, or null while it has none
   */
  OwnReport(
      NodeId self,
      ClusterView view,
      LocalShards shards,
      Supplier<@Nullable ReplicatedLog> directory) {
    this.self = self;
    this.view = view;
    this.shards = shards;
    this.directory = directory;
  }

  @Override
  public NodeReport get() {
    List<ReplicaReport> replicas = new ArrayList<>();
    ReplicatedLog group = directory.get();
    if (group != null) {
      replicas.add(report(ShardEntry.DIRECTORY, group, -1, -1, 0, 0));
    }
    for (Shard shard : shards.all()) {
      replicas.add(
          report(
              shard.number(),
              shard.log(),
              shard.firstSlot(),
              shard.lastSlot(),
              bytes(shard),
              perSecond(shard)));
    }
    return new NodeReport(self, Versions.OWN, view.current().version(), replicas);
  }

  private static ReplicaReport report(
      int number, ReplicatedLog log, int firstSlot, int lastSlot, long bytes, long perSecond) {
    Leadership leadership = log.leadership();
    return new ReplicaReport(
        number,
        leadership.role(),
        leadership.term(),
        leadership.leader(),
        log.progress().appliedIndex(),
        firstSlot,
        lastSlot,
        log.membership().voters(),
        log.membership().learners(),
        bytes,
        perSecond);
  }

  private long bytes(Shard shard) {
    long now = System.nanoTime();
    Size known = sizes.get(shard.number());
    if (known != null && now - known.atNanos() < SIZE_AGE_NANOS) {
      return known.bytes();
    }
    Keyspace keyspace = shard.keyspace();
    long bytes =
        keyspace == null
            ? 0
            : keyspace.stats().storage().totalFileBytes()
                + keyspace.stats().storage().memtableBytes();
    sizes.put(shard.number(), new Size(bytes, now));
    return bytes;
  }

  private long perSecond(Shard shard) {
    long now = System.nanoTime();
    long commands = shard.commandsTaken();
    Count last = counts.get(shard.number());
    if (last == null || commands < last.commands()) {
      counts.put(shard.number(), new Count(commands, now, 0));
      return 0;
    }
    long nanos = now - last.atNanos();
    if (nanos < SIZE_AGE_NANOS) {
      return last.perSecond();
    }
    long perSecond = (commands - last.commands()) * 1_000_000_000L / nanos;
    counts.put(shard.number(), new Count(commands, now, perSecond));
    return perSecond;
  }
}
