package kvstore.server.net;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;
import kvstore.server.config.DataSize;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.ClientStatistics;
import kvstore.server.console.NodeView;
import kvstore.server.console.PeerStatus;
import kvstore.server.console.ShardStatus;
import kvstore.server.console.StorageStatus;
import kvstore.server.directory.NodeEntry;

/** What each section of INFO says. Redis's field names where they mean the same. */
final class InfoSections {

  private static final long SECONDS_PER_DAY = 86_400;

  private final Gateway gateway;

  InfoSections(Gateway gateway) {
    this.gateway = gateway;
  }

  void server(Session session, InfoText text) {
    NodeView node = gateway.node();
    long seconds = TimeUnit.NANOSECONDS.toSeconds(gateway.uptimeNanos());
    text.line("redis_version", Versions.REDIS)
        .line("kvstore_version", Versions.OWN)
        .line("redis_git_sha1", "00000000")
        .line("redis_git_dirty", 0)
        .line("redis_mode", ConnectionCommands.mode(session))
        .line("os", System.getProperty("os.name") + " " + System.getProperty("os.version"))
        .line("arch_bits", 64)
        .line("multiplexing_api", gateway.io().word())
        .line("java_version", System.getProperty("java.version"))
        .line("process_id", ProcessHandle.current().pid())
        .line("run_id", HexIds.ofNode(node.clusterId(), node.id()))
        .line("node_id", node.id().value())
        .line("cluster_id", node.clusterId())
        .line("tcp_port", gateway.port())
        .line("cluster_port", gateway.endpoints().clusterPort())
        .line("peer_port", node.peerPort())
        .line("server_time_usec", microseconds())
        .line("uptime_in_seconds", seconds)
        .line("uptime_in_days", seconds / SECONDS_PER_DAY)
        .line("io_threads", gateway.options().process().ioThreads());
  }

  void clients(InfoText text) {
    text.line("connected_clients", gateway.clients().size())
        .line("maxclients", gateway.maxClients())
        .line("blocked_clients", 0)
        .line("tracking_clients", 0)
        .line("cut_off_clients", gateway.statistics().cutOffConnections());
  }

  void memory(InfoText text) {
    Runtime runtime = Runtime.getRuntime();
    StorageStatus storage = gateway.node().storage();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    long used =
        heap + storage.blockCacheBytes() + storage.writeBufferBytes() + storage.tableReaderBytes();
    ServerOptions options = gateway.options();
    text.line("used_memory", used)
        .line("used_memory_human", human(used))
        .line("heap_used", heap)
        .line("heap_max", runtime.maxMemory())
        .line("block_cache_used", storage.blockCacheBytes())
        .line("block_cache_limit", options.storage().blockCache().bytes())
        .line("write_buffers_used", storage.writeBufferBytes())
        .line("write_buffers_limit", options.storage().writeBuffers().bytes())
        .line("table_readers_used", storage.tableReaderBytes())
        .line("maxmemory", 0)
        .line("maxmemory_human", "0B")
        .line("maxmemory_policy", "noeviction");
  }

  void persistence(InfoText text) {
    StorageStatus storage = gateway.node().storage();
    text.line("loading", 0)
        .line("async_loading", 0)
        .line("rdb_changes_since_last_save", 0)
        .line("rdb_bgsave_in_progress", 0)
        .line("rdb_last_bgsave_status", "ok")
        .line("aof_enabled", 1)
        .line("aof_rewrite_in_progress", 0)
        .line("aof_last_bgrewrite_status", "ok")
        .line("aof_last_write_status", "ok")
        .line("disk_bytes", storage.diskBytes())
        .line("log_bytes", storage.logBytes());
  }

  void stats(InfoText text) {
    ClientStatistics.Totals totals = gateway.totalsSinceReset();
    text.line("total_connections_received", totals.accepted())
        .line("total_commands_processed", totals.commands())
        .line("total_net_input_bytes", totals.traffic().receivedBytes())
        .line("total_net_output_bytes", totals.traffic().sentBytes())
        .line("rejected_connections", totals.rejected())
        .line("total_error_replies", totals.failures())
        .line("forwarded_commands", gateway.node().forwarded())
        .line("evicted_keys", 0);
  }

  void replication(InfoText text) {
    text.line("role", "master")
        .line("connected_slaves", 0)
        .line("master_failover_state", "no-failover")
        .line("master_replid", HexIds.digest(gateway.node().clusterId()))
        .line("master_repl_offset", appliedIndex())
        .line("second_repl_offset", -1)
        .line("repl_backlog_active", 0);
  }

  void cpu(InfoText text) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      text.line(
          "used_cpu_total", String.format(Locale.ROOT, "%.6f", system.getProcessCpuTime() / 1e9));
    }
  }

  void commandstats(InfoText text) {
    for (ClientStatistics.CommandCounts counts : gateway.statistics().commands()) {
      long micros = counts.nanos() / 1_000;
      text.line(
          "cmdstat_" + counts.name(),
          String.format(
              Locale.ROOT,
              "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=0,failed_calls=%d",
              counts.calls(),
              micros,
              (double) micros / counts.calls(),
              counts.failures()));
    }
  }

  void errorstats(InfoText text) {
    gateway
        .statistics()
        .errors()
        .forEach((code, count) -> text.line("errorstat_" + code, "count=" + count));
  }

  /** Cluster mode is a matter of the port: the plain one takes any key. */
  void cluster(Session session, InfoText text) {
    text.line("cluster_enabled", session.door() == Door.CLUSTER ? 1 : 0)
        .line("cluster_port", gateway.endpoints().clusterPort())
        .line("cluster_node_id", HexIds.ofNode(gateway.node().clusterId(), gateway.node().id()));
  }

  void shards(InfoText text) {
    for (ShardStatus shard : gateway.node().shards()) {
      ShardStatus.Progress progress = shard.progress();
      text.line(
          "shard_" + shard.name(),
          "slots="
              + shard.firstSlot()
              + "-"
              + shard.lastSlot()
              + ",role="
              + shard.leadership().role().name().toLowerCase(Locale.ROOT)
              + ",leader="
              + (shard.leadership().leader() == null ? "" : shard.leadership().leader())
              + ",term="
              + shard.leadership().term()
              + ",voters="
              + shard.replicas().voters()
              + ",learners="
              + shard.replicas().learners()
              + ",committed="
              + progress.committedIndex()
              + ",applied="
              + progress.appliedIndex()
              + ",waiting="
              + progress.waitingCommands()
              + ",keys="
              + shard.keys());
    }
  }

  void nodes(InfoText text) {
    for (PeerStatus peer : gateway.node().peers()) {
      text.line(
          "node_" + peer.id(),
          "host="
              + peer.host()
              + ",port="
              + peer.port()
              + ",cluster_port="
              + clusterPort(peer.id())
              + ",peer_port="
              + peer.peerPort()
              + ",connected="
              + (peer.connected() ? 1 : 0));
    }
  }

  private int clusterPort(NodeId id) {
    NodeEntry entry = gateway.node().cluster().node(id);
    return id.equals(gateway.node().id()) || entry == null
        ? gateway.endpoints().clusterPort()
        : entry.clusterPort();
  }

  /** Counts what the replicas of this node hold. */
  void keyspace(InfoText text) {
    long keys = gateway.node().shards().stream().mapToLong(ShardStatus::keys).sum();
    long expiring = gateway.node().shards().stream().mapToLong(ShardStatus::keysWithExpiry).sum();
    if (keys > 0) {
      text.line("db0", "keys=" + keys + ",expires=" + expiring + ",avg_ttl=0");
    }
  }

  private long microseconds() {
    java.time.Instant now = gateway.clock().instant();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  private long appliedIndex() {
    return gateway.node().shards().stream()
        .mapToLong(shard -> shard.progress().appliedIndex())
        .max()
        .orElse(0);
  }

  private static String human(long bytes) {
    return new DataSize(bytes >> 20 << 20).toString().replace("iB", "");
  }
}
