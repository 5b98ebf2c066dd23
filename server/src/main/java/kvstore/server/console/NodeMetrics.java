package kvstore.server.console;

import static kvstore.server.console.Samples.counter;
import static kvstore.server.console.Samples.gauge;
import static kvstore.server.console.Samples.gauges;

import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Metrics of the node's shards, peers and stores. */
final class NodeMetrics {

  private NodeMetrics() {}

  static void add(MetricSnapshots.Builder page, NodeView node) {
    List<ShardStatus> shards = node.shards();
    shard(page, shards, "leader", "1 where this node leads the shard.", NodeMetrics::leads);
    shard(page, shards, "serving", "1 where the shard's leader is known.", NodeMetrics::serves);
    shard(page, shards, "term", "Term of the leadership.", shard -> shard.leadership().term());
    shard(
        page,
        shards,
        "committed_index",
        "Last log index known to be on a majority.",
        shard -> shard.progress().committedIndex());
    shard(
        page,
        shards,
        "applied_index",
        "Last log index in the keyspace.",
        shard -> shard.progress().appliedIndex());
    shard(
        page,
        shards,
        "waiting_commands",
        "Commands accepted and not yet answered.",
        shard -> shard.progress().waitingCommands());
    shard(
        page,
        shards,
        "waiting_bytes",
        "Bytes of commands accepted and not yet answered.",
        shard -> shard.progress().waitingBytes());
    shard(page, shards, "keys", "About how many keys the shard holds.", ShardStatus::keys);
    shard(page, shards, "voters", "Voting replicas.", shard -> shard.replicas().voters());
    shard(page, shards, "learners", "Learning replicas.", shard -> shard.replicas().learners());
    page.metricSnapshot(
        gauges(
            "peer_connected",
            "1 where the node answers.",
            node.peers(),
            peer -> Labels.of("node", peer.id().value()),
            peer -> peer.connected() ? 1 : 0));
    page.metricSnapshot(
        counter("commands_forwarded", "Sent on to the leader of another node.", node.forwarded()));
    addStorage(page, node.storage());
  }

  private static void addStorage(MetricSnapshots.Builder page, StorageStatus storage) {
    page.metricSnapshot(
        gauge("block_cache_bytes", "Held by the block cache.", storage.blockCacheBytes()));
    page.metricSnapshot(
        gauge("write_buffer_bytes", "Held by write buffers.", storage.writeBufferBytes()));
    page.metricSnapshot(
        gauge(
            "table_reader_bytes",
            "Held by indexes and filters outside the block cache.",
            storage.tableReaderBytes()));
    page.metricSnapshot(gauge("disk_bytes", "Sorted files on disk.", storage.diskBytes()));
    page.metricSnapshot(gauge("log_bytes", "Replication log on disk.", storage.logBytes()));
  }

  private static void shard(
      MetricSnapshots.Builder page,
      List<ShardStatus> shards,
      String name,
      String help,
      ToDoubleFunction<ShardStatus> value) {
    page.metricSnapshot(
        gauges("shard_" + name, help, shards, shard -> Labels.of("shard", shard.name()), value));
  }

  private static double leads(ShardStatus shard) {
    return shard.leadership().isLeader() ? 1 : 0;
  }

  private static double serves(ShardStatus shard) {
    return shard.isServing() ? 1 : 0;
  }
}
