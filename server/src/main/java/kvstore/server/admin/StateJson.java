package kvstore.server.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/**
 * The state of a cluster as JSON, for ADMIN STATE: what the directory wants, and what the nodes
 * report. Fields may be added; none changes its meaning.
 */
final class StateJson {

  private static final JsonFactory FACTORY = new JsonFactory();

  private final ClusterState state;
  private final Map<NodeId, NodeReport> reports = new TreeMap<>();

  StateJson(ClusterState state, Collection<NodeReport> newest) {
    this.state = state;
    newest.forEach(report -> reports.put(report.node(), report));
  }

  String write(Leadership directory, BalancerStatus balancer) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("cluster", state.clusterId());
      json.writeNumberField("version", state.version());
      json.writeObjectFieldStart("directory");
      json.writeStringField("leader", directory.leader() == null ? "" : directory.leader().value());
      json.writeNumberField("term", directory.term());
      json.writeArrayFieldStart("replicas");
      ShardEntry group = state.shard(ShardEntry.DIRECTORY);
      if (group != null) {
        replicas(json, group);
      }
      json.writeEndArray();
      json.writeEndObject();
      settings(json, state.settings());
      nodes(json);
      shards(json);
      balancer(json, balancer);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write to memory", e);
    }
    return text.toString();
  }

  private static void settings(JsonGenerator json, Settings settings) throws IOException {
    json.writeObjectFieldStart("settings");
    json.writeNumberField("replicas", settings.replicas());
    json.writeNumberField("shards-per-node", settings.shardsPerNode());
    json.writeNumberField("spread-min-bytes", settings.spreadMinBytes());
    json.writeNumberField("split-bytes", settings.splitBytes());
    json.writeNumberField("split-ops", settings.splitOpsPerSecond());
    json.writeNumberField("replace-after-ms", settings.replaceAfterMs());
    json.writeNumberField("copy-bytes-per-second", settings.copyBytesPerSecond());
    json.writeBooleanField("balance", settings.balance());
    json.writeEndObject();
  }

  private void nodes(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("nodes");
    for (NodeEntry node : state.nodes()) {
      json.writeStartObject();
      json.writeStringField("id", node.id().value());
      json.writeStringField("host", node.host());
      json.writeNumberField("port", node.port());
      json.writeNumberField("clusterPort", node.clusterPort());
      json.writeNumberField("peerPort", node.peerPort());
      json.writeStringField("zone", node.zone());
      json.writeStringField("status", lower(node.status()));
      json.writeStringField("release", node.release());
      json.writeBooleanField("down", node.isDown());
      json.writeNumberField("downSinceMs", node.downSinceMs());
      load(json, node.id());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void load(JsonGenerator json, NodeId node) throws IOException {
    long replicas = 0;
    long leaders = 0;
    long bytes = 0;
    long ops = 0;
    for (ShardEntry shard : state.dataShards()) {
      replicas += shard.replica(node) == null ? 0 : 1;
      ReplicaReport report = report(node, shard.number());
      if (report != null) {
        bytes += report.bytes();
        ops += report.opsPerSecond();
      }
      ReplicaReport leader = leader(shard);
      leaders += leader != null && node.equals(leader.leader()) ? 1 : 0;
    }
    json.writeNumberField("replicas", replicas);
    json.writeNumberField("leaders", leaders);
    json.writeNumberField("bytes", bytes);
    json.writeNumberField("opsPerSecond", ops);
  }

  private void shards(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("shards");
    for (ShardEntry shard : state.dataShards()) {
      ReplicaReport leader = leader(shard);
      json.writeStartObject();
      json.writeNumberField("number", shard.number());
      json.writeNumberField("firstSlot", shard.firstSlot());
      json.writeNumberField("lastSlot", shard.lastSlot());
      json.writeStringField("leader", leader == null ? "" : String.valueOf(leader.leader()));
      json.writeNumberField("term", leader == null ? 0 : leader.term());
      json.writeNumberField("bytes", leader == null ? 0 : leader.bytes());
      json.writeNumberField("opsPerSecond", leader == null ? 0 : leader.opsPerSecond());
      json.writeBooleanField("settled", leader != null && isSettled(shard, leader));
      ShardEntry.SplitEntry split = shard.split();
      if (split != null) {
        json.writeObjectFieldStart("split");
        json.writeNumberField("child", split.child());
        json.writeNumberField("atSlot", split.atSlot());
        json.writeEndObject();
      }
      json.writeArrayFieldStart("replicas");
      replicas(json, shard);
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void replicas(JsonGenerator json, ShardEntry shard) throws IOException {
    ReplicaReport leader = leader(shard);
    for (ReplicaEntry replica : shard.replicas()) {
      ReplicaReport report = report(replica.node(), shard.number());
      json.writeStartObject();
      json.writeStringField("node", replica.node().value());
      json.writeStringField("wanted", lower(replica.role()));
      json.writeStringField("actual", actual(replica.node(), leader));
      json.writeNumberField("appliedIndex", report == null ? 0 : report.appliedIndex());
      json.writeNumberField("bytes", report == null ? 0 : report.bytes());
      json.writeEndObject();
    }
  }

  private static String actual(NodeId node, @Nullable ReplicaReport leader) {
    if (leader != null && leader.voters().contains(node)) {
      return "voter";
    }
    return leader != null && leader.learners().contains(node) ? "learner" : "none";
  }

  private static boolean isSettled(ShardEntry shard, ReplicaReport leader) {
    return shard.split() == null
        && shard.nodes(ReplicaEntry.Role.LEAVING).isEmpty()
        && shard.nodes(ReplicaEntry.Role.VOTER).equals(leader.voters())
        && shard.nodes(ReplicaEntry.Role.LEARNER).equals(leader.learners());
  }

  /** What the shard's leader reports: that of the newest term, should several think they lead. */
  private @Nullable ReplicaReport leader(ShardEntry shard) {
    ReplicaReport newest = null;
    for (NodeReport node : reports.values()) {
      ReplicaReport report = report(node.node(), shard.number());
      if (report != null
          && report.role() == Leadership.Role.LEADER
          && (newest == null || report.term() > newest.term())) {
        newest = report;
      }
    }
    return newest;
  }

  private @Nullable ReplicaReport report(NodeId node, int shard) {
    NodeReport report = reports.get(node);
    if (report == null) {
      return null;
    }
    for (ReplicaReport replica : report.replicas()) {
      if (replica.shard() == shard) {
        return replica;
      }
    }
    return null;
  }

  private static void balancer(JsonGenerator json, BalancerStatus balancer) throws IOException {
    json.writeObjectFieldStart("balancer");
    json.writeStringField("doing", balancer.doing());
    json.writeStringField("waiting", balancer.waiting());
    json.writeArrayFieldStart("last");
    for (BalancerStatus.Step step : balancer.last()) {
      json.writeStartObject();
      json.writeNumberField("atMs", step.atMs());
      json.writeStringField("what", step.what());
      json.writeStringField("result", step.result());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }
}
