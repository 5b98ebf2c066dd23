package kvstore.server.directory;

import java.util.List;
import kvstore.replication.NodeId;

/**
 * A change of the directory, as its log carries it. Each is either applied or refused, for a reason
 * that depends on nothing but the state it meets. What it would change to what is so already is
 * applied and changes nothing.
 */
public sealed interface DirectoryCommand {

  /** Makes a new cluster, once. */
  record Found(String clusterId, Settings settings, List<NodeEntry> nodes, List<ShardEntry> shards)
      implements DirectoryCommand {

    public Found {
      nodes = List.copyOf(nodes);
      shards = List.copyOf(shards);
    }

    /** A cluster as its founders assume it. */
    public static Found of(ClusterState assumed) {
      return new Found(assumed.clusterId(), assumed.settings(), assumed.nodes(), assumed.shards());
    }
  }

  /** Takes in a node; its id and address are nobody else's, and it is ACTIVE. */
  record AddNode(NodeEntry node) implements DirectoryCommand {}

  /** Changes what a node says of itself. */
  record SetNode(
      NodeId node,
      String host,
      int port,
      int clusterPort,
      int peerPort,
      String zone,
      String release)
      implements DirectoryCommand {

    /** All that the entry says of where and what the node is. */
    public static SetNode of(NodeEntry entry) {
      return new SetNode(
          entry.id(),
          entry.host(),
          entry.port(),
          entry.clusterPort(),
          entry.peerPort(),
          entry.zone(),
          entry.release());
    }
  }

  /** OUT is for nodes that no shard names any more, and for ever. */
  record SetStatus(NodeId node, NodeEntry.Status status) implements DirectoryCommand {}

  /**
   * The node has gone silent. A node known to be down stays so since then.
   *
   * @param sinceMs ms since the epoch, above 0
   */
  record MarkDown(NodeId node, long sinceMs) implements DirectoryCommand {}

  record MarkUp(NodeId node) implements DirectoryCommand {}

  /**
   * Changes where a shard's replicas are wanted. Nobody is dropped by it: who is to go becomes
   * LEAVING, and is dropped by {@link ForgetReplica}.
   *
   * @param expected the entry that the change was computed from; refused if it is another by now
   */
  record WantReplicas(ShardEntry expected, List<ReplicaEntry> replicas)
      implements DirectoryCommand {

    public WantReplicas {
      replicas = List.copyOf(replicas);
    }
  }

  /** A LEAVING replica's node is no member of the group any more. */
  record ForgetReplica(int shard, NodeId node) implements DirectoryCommand {}

  /**
   * Decides a split.
   *
   * @param child the state's next shard number; refused if that is another by now
   * @param atSlot first slot of the child
   */
  record BeginSplit(int parent, int child, int atSlot) implements DirectoryCommand {}

  /** The parent has split: the child is a shard, with replicas where the parent has some. */
  record FinishSplit(int parent) implements DirectoryCommand {}

  /** A split that certainly will not happen. */
  record AbortSplit(int parent) implements DirectoryCommand {}

  /** Changes a setting, by the name that {@link SettingNames} knows. */
  record ChangeSetting(String name, String value) implements DirectoryCommand {}
}
