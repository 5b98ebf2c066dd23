package kvstore.server.net;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kvstore.replication.NodeId;
import kvstore.server.config.Endpoints;
import kvstore.server.console.NodeView;
import kvstore.server.console.PeerStatus;
import kvstore.server.console.ShardLeader;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/**
 * The cluster at one moment, in the terms of Redis Cluster: masters that own slots, and replicas
 * that follow a master. The owner of a shard's slots is its leader; while it has none, the last
 * one, so that every slot always has an owner and clients keep a place to ask.
 *
 * @param members by node id; without those that are out for good
 * @param shards in slot order
 */
record Topology(List<Member> members, List<ShardView> shards) {

  /**
   * A node.
   *
   * @param entry with the ports that it really has, as far as known
   * @param hexId its id for clients
   * @param connected whether this node has a connection to it; two followers may need none
   * @param led the shards it owns, in slot order; of a replica, none
   * @param follows the master whose replica it is; null for masters, with slots or without
   * @param epoch the highest term in which it owns a shard; of a replica, its master's
   */
  record Member(
      NodeEntry entry,
      String hexId,
      boolean self,
      boolean connected,
      List<ShardEntry> led,
      @Nullable NodeId follows,
      long epoch) {

    boolean isReplica() {
      return follows != null;
    }

    boolean isUp() {
      return self || !entry.isDown();
    }
  }

  /**
   * A shard and its owner.
   *
   * @param owner null if no node is known that could be
   * @param led whether the owner is believed to lead now
   */
  record ShardView(ShardEntry entry, @Nullable NodeId owner, long term, boolean led) {}

  static Topology of(NodeView node, Endpoints bound) {
    ClusterState state = node.cluster();
    List<ShardView> shards =
        state.dataShards().stream().map(shard -> view(node, state, shard)).toList();
    Map<NodeId, Boolean> connected = new HashMap<>();
    for (PeerStatus peer : node.peers()) {
      connected.put(peer.id(), peer.connected());
    }
    Map<NodeId, Member> members = new TreeMap<>(Comparator.naturalOrder());
    for (NodeEntry entry : state.nodes()) {
      if (entry.status() != NodeEntry.Status.OUT) {
        boolean self = entry.id().equals(node.id());
        members.put(
            entry.id(),
            member(
                state.clusterId(),
                self ? withPorts(entry, bound) : entry,
                self,
                connected.getOrDefault(entry.id(), false),
                shards));
      }
    }
    return new Topology(List.copyOf(members.values()), shards);
  }

  @Nullable Member member(@Nullable NodeId id) {
    for (Member member : members) {
      if (member.entry().id().equals(id)) {
        return member;
      }
    }
    return null;
  }

  /** The node by the id that clients know, or by its own. */
  @Nullable Member named(String id) {
    for (Member member : members) {
      if (member.hexId().equalsIgnoreCase(id) || member.entry().id().value().equals(id)) {
        return member;
      }
    }
    return null;
  }

  @Nullable Member self() {
    return members.stream().filter(Member::self).findFirst().orElse(null);
  }

  List<Member> replicasOf(Member master) {
    return members.stream().filter(each -> master.entry().id().equals(each.follows())).toList();
  }

  private static ShardView view(NodeView node, ClusterState state, ShardEntry shard) {
    ShardLeader leader = node.leader(shard.number());
    if (leader != null && isIn(state, leader.node())) {
      return new ShardView(shard, leader.node(), leader.term(), leader.current());
    }
    for (ReplicaEntry replica : shard.replicas()) {
      if (replica.role() == ReplicaEntry.Role.VOTER && isIn(state, replica.node())) {
        return new ShardView(shard, replica.node(), 0, false);
      }
    }
    return new ShardView(shard, null, 0, false);
  }

  private static boolean isIn(ClusterState state, NodeId id) {
    NodeEntry entry = state.node(id);
    return entry != null && entry.status() != NodeEntry.Status.OUT;
  }

  private static Member member(
      String clusterId, NodeEntry entry, boolean self, boolean connected, List<ShardView> shards) {
    List<ShardEntry> led = new ArrayList<>();
    long epoch = 0;
    ShardView followed = null;
    for (ShardView shard : shards) {
      if (entry.id().equals(shard.owner())) {
        led.add(shard.entry());
        epoch = Math.max(epoch, shard.term());
      } else if (shard.owner() != null
          && shard.entry().replica(entry.id()) != null
          && (followed == null || shard.entry().number() < followed.entry().number())) {
        followed = shard;
      }
    }
    NodeId follows = led.isEmpty() && followed != null ? followed.owner() : null;
    if (follows != null) {
      epoch = epochOf(follows, shards);
    }
    String hexId = HexIds.ofNode(clusterId, entry.id());
    return new Member(entry, hexId, self, self || connected, led, follows, epoch);
  }

  private static long epochOf(NodeId owner, List<ShardView> shards) {
    return shards.stream()
        .filter(shard -> owner.equals(shard.owner()))
        .mapToLong(ShardView::term)
        .max()
        .orElse(0);
  }

  /**
   * The port that clients are sent to: the plain one of a node that has not told its other one yet,
   * where commands are forwarded if they must; 0 if neither is known.
   */
  static int portOf(NodeEntry entry) {
    return entry.clusterPort() != 0 ? entry.clusterPort() : entry.port();
  }

  private static NodeEntry withPorts(NodeEntry entry, Endpoints bound) {
    return new NodeEntry(
        entry.id(),
        bound.advertiseHost(),
        bound.port(),
        bound.clusterPort(),
        entry.peerPort(),
        entry.zone(),
        entry.status(),
        entry.release(),
        entry.downSinceMs());
  }
}
