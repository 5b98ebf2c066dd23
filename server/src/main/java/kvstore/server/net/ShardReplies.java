package kvstore.server.net;

import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.server.directory.ReplicaEntry;
import org.jspecify.annotations.Nullable;

/** CLUSTER SLOTS and CLUSTER SHARDS. */
final class ShardReplies {

  private final Topology topology;
  private final String clusterId;
  private final long appliedIndex;

  /**
   * @param appliedIndex how far this node's replicas are
   */
  ShardReplies(Topology topology, String clusterId, long appliedIndex) {
    this.topology = topology;
    this.clusterId = clusterId;
    this.appliedIndex = appliedIndex;
  }

  /** Each range: first slot, last slot, the owner, the replicas that are up. */
  Reply slots() {
    List<Reply> ranges = new ArrayList<>();
    for (Topology.ShardView shard : topology.shards()) {
      Topology.Member owner = topology.member(shard.owner());
      if (owner != null) {
        List<Reply> range = new ArrayList<>();
        range.add(new Reply.Int(shard.entry().firstSlot()));
        range.add(new Reply.Int(shard.entry().lastSlot()));
        range.add(address(owner));
        for (Topology.Member replica : othersOf(shard)) {
          if (replica.isUp()) {
            range.add(address(replica));
          }
        }
        ranges.add(new Reply.Array(range));
      }
    }
    return new Reply.Array(ranges);
  }

  /** Host, port, id, and further data in pairs: here the node's own id. */
  private static Reply address(Topology.Member member) {
    return new Reply.Array(
        List.of(
            Reply.bulk(member.entry().host()),
            new Reply.Int(Topology.portOf(member.entry())),
            Reply.bulk(member.hexId()),
            new Reply.Pairs(
                List.of(Reply.bulk("node-id"), Reply.bulk(member.entry().id().value())))));
  }

  Reply shards() {
    List<Reply> shards = new ArrayList<>();
    for (Topology.ShardView shard : topology.shards()) {
      List<Reply> nodes = new ArrayList<>();
      Topology.Member owner = topology.member(shard.owner());
      if (owner != null) {
        nodes.add(node(owner, true));
      }
      othersOf(shard).forEach(replica -> nodes.add(node(replica, false)));
      shards.add(
          new Reply.Pairs(
              List.of(
                  Reply.bulk("slots"),
                  new Reply.Array(
                      List.of(
                          new Reply.Int(shard.entry().firstSlot()),
                          new Reply.Int(shard.entry().lastSlot()))),
                  Reply.bulk("nodes"),
                  new Reply.Array(nodes),
                  Reply.bulk("id"),
                  Reply.bulk(HexIds.ofShard(clusterId, shard.entry().number())))));
    }
    return new Reply.Array(shards);
  }

  private Reply node(Topology.Member member, boolean owner) {
    List<Reply> fields = new ArrayList<>();
    add(fields, "id", Reply.bulk(member.hexId()));
    add(fields, "port", new Reply.Int(Topology.portOf(member.entry())));
    add(fields, "ip", Reply.bulk(member.entry().host()));
    add(fields, "endpoint", Reply.bulk(member.entry().host()));
    add(fields, "role", Reply.bulk(owner ? "master" : "replica"));
    add(fields, "replication-offset", new Reply.Int(member.self() ? appliedIndex : 0));
    add(fields, "health", Reply.bulk(member.isUp() ? "online" : "failed"));
    add(fields, "node-id", Reply.bulk(member.entry().id().value()));
    return new Reply.Pairs(fields);
  }

  private static void add(List<Reply> fields, String name, Reply value) {
    fields.add(Reply.bulk(name));
    fields.add(value);
  }

  private List<Topology.Member> othersOf(Topology.ShardView shard) {
    List<Topology.Member> others = new ArrayList<>();
    for (ReplicaEntry replica : shard.entry().replicas()) {
      Topology.@Nullable Member member = topology.member(replica.node());
      if (member != null && !replica.node().equals(shard.owner())) {
        others.add(member);
      }
    }
    return others;
  }
}
