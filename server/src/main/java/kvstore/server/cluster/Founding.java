package kvstore.server.cluster;

import java.util.ArrayList;
import java.util.List;
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;

/**
 * What a node assumes of its cluster before it has heard anything. Founders all come to the same
 * from the same list, without talking; a node that joined knows where others are and nothing more.
 */
public final class Founding {

  /** Voters that the directory has at most. */
  private static final int DIRECTORY_VOTERS = 5;

  /** The shard of a new cluster. */
  private static final int FIRST_SHARD = 1;

  private static final int LAST_SLOT = 16_383;

  private Founding() {}

  /**
   * @param self this node; it alone founds a cluster whose list is empty
   * @param clusterPortOffset how far a node's port for cluster-aware clients lies above its client
   *     port, until the node says otherwise
   */
  public static ClusterState assumedBy(Identity identity, NodeEntry self, int clusterPortOffset) {
    Settings settings = Settings.DEFAULT.withReplicas(identity.replicas());
    List<NodeEntry> nodes = new ArrayList<>();
    nodes.add(asListed(self, identity));
    for (ClusterMember member : identity.members()) {
      if (!member.id().equals(self.id())) {
        nodes.add(entry(member, clusterPortOffset));
      }
    }
    List<ShardEntry> shards = List.of();
    if (identity.isFounder()) {
      List<NodeEntry> founders = nodes.stream().sorted((a, b) -> a.id().compareTo(b.id())).toList();
      shards =
          List.of(
              ShardEntry.directory(replicas(founders, DIRECTORY_VOTERS)),
              new ShardEntry(
                  FIRST_SHARD, 0, LAST_SLOT, replicas(founders, settings.replicas()), null));
    }
    return new ClusterState(0, identity.clusterId(), settings, nodes, shards, FIRST_SHARD + 1);
  }

  /** With the peer port of the initial list: that is the way to it, wherever it listens itself. */
  private static NodeEntry asListed(NodeEntry self, Identity identity) {
    for (ClusterMember member : identity.members()) {
      if (identity.isFounder() && member.id().equals(self.id())) {
        return new NodeEntry(
            self.id(),
            self.host(),
            self.port(),
            self.clusterPort(),
            member.peerPort(),
            self.zone(),
            self.status(),
            self.release(),
            self.downSinceMs());
      }
    }
    return self;
  }

  private static NodeEntry entry(ClusterMember member, int clusterPortOffset) {
    return new NodeEntry(
        member.id(),
        member.host(),
        member.port(),
        member.port() + clusterPortOffset,
        member.peerPort(),
        "",
        NodeEntry.Status.ACTIVE,
        "",
        0);
  }

  /** An odd number of voters, at most {@code most}; the second of two nodes learns. */
  private static List<ReplicaEntry> replicas(List<NodeEntry> founders, int most) {
    int voters = Math.min(founders.size(), most);
    voters -= 1 - voters % 2;
    List<ReplicaEntry> replicas = new ArrayList<>();
    for (int i = 0; i < voters; i++) {
      replicas.add(new ReplicaEntry(founders.get(i).id(), ReplicaEntry.Role.VOTER));
    }
    if (founders.size() == 2) {
      replicas.add(new ReplicaEntry(founders.get(1).id(), ReplicaEntry.Role.LEARNER));
    }
    return replicas;
  }
}
