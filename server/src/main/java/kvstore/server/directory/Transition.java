package kvstore.server.directory;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import kvstore.replication.NodeId;
import kvstore.server.directory.DirectoryCommand.AbortSplit;
import kvstore.server.directory.DirectoryCommand.AddNode;
import kvstore.server.directory.DirectoryCommand.BeginSplit;
import kvstore.server.directory.DirectoryCommand.ChangeSetting;
import kvstore.server.directory.DirectoryCommand.FinishSplit;
import kvstore.server.directory.DirectoryCommand.ForgetReplica;
import kvstore.server.directory.DirectoryCommand.Found;
import kvstore.server.directory.DirectoryCommand.MarkDown;
import kvstore.server.directory.DirectoryCommand.MarkUp;
import kvstore.server.directory.DirectoryCommand.SetNode;
import kvstore.server.directory.DirectoryCommand.SetStatus;
import kvstore.server.directory.DirectoryCommand.WantReplicas;
import org.jspecify.annotations.Nullable;

/** What each command makes of a state: a pure function of the two. */
public final class Transition {

  /** The state of a directory without a cluster. */
  public static final ClusterState EMPTY =
      new ClusterState(0, "", Settings.DEFAULT, List.of(), List.of(), 1);

  private static final int MOST_NODES = 1_000;

  private Transition() {}

  /**
   * The state after the command; {@code state} itself if it changes nothing.
   *
   * @param index of the command's entry; becomes the version of what it changes
   * @throws DirectoryException if the command is refused
   */
  public static ClusterState apply(ClusterState state, DirectoryCommand command, long index)
      throws DirectoryException {
    ClusterState changed = changed(state, command);
    if (changed.equals(state)) {
      return state;
    }
    ClusterState next =
        new ClusterState(
            index,
            changed.clusterId(),
            changed.settings(),
            changed.nodes(),
            changed.shards(),
            changed.nextShard());
    if (StateCodec.encode(next).length > Fields.MOST_BYTES - 1_024) {
      throw DirectoryException.refused(
          "expected a state of at most 16 MiB, but it would be larger");
    }
    return next;
  }

  private static ClusterState changed(ClusterState state, DirectoryCommand command)
      throws DirectoryException {
    if (command instanceof Found found) {
      return found(state, found);
    }
    if (state.version() == 0) {
      throw DirectoryException.refused("expected a cluster, but none has been founded yet");
    }
    if (command instanceof AddNode add) {
      return addNode(state, add.node());
    } else if (command instanceof SetNode set) {
      return setNode(state, set);
    } else if (command instanceof SetStatus set) {
      return setStatus(state, set.node(), set.status());
    } else if (command instanceof MarkDown down) {
      long since = Math.max(1, down.sinceMs());
      return onNode(state, down.node(), node -> node.isDown() ? node : node.withDownSince(since));
    } else if (command instanceof MarkUp up) {
      return onNode(state, up.node(), node -> node.withDownSince(0));
    } else if (command instanceof WantReplicas want) {
      return ShardRules.wantReplicas(state, want);
    } else if (command instanceof ForgetReplica forget) {
      return ShardRules.forgetReplica(state, forget);
    } else if (command instanceof BeginSplit begin) {
      return ShardRules.beginSplit(state, begin);
    } else if (command instanceof FinishSplit finish) {
      return ShardRules.finishSplit(state, finish.parent());
    } else if (command instanceof AbortSplit abort) {
      return ShardRules.abortSplit(state, abort.parent());
    } else if (command instanceof ChangeSetting change) {
      Settings settings = SettingNames.change(state.settings(), change.name(), change.value());
      return new ClusterState(
          state.version(),
          state.clusterId(),
          settings,
          state.nodes(),
          state.shards(),
          state.nextShard());
    }
    throw new IllegalArgumentException("expected a known command, but got " + command);
  }

  private static ClusterState found(ClusterState state, Found found) throws DirectoryException {
    if (state.version() != 0) {
      throw DirectoryException.refused(
          "expected no cluster yet, but " + state.clusterId() + " has been founded");
    }
    if (found.clusterId().isEmpty()
        || found.nodes().isEmpty()
        || found.nodes().size() > MOST_NODES) {
      throw DirectoryException.refused("expected a cluster id and 1 to 1000 nodes to found with");
    }
    List<NodeEntry> nodes = new ArrayList<>();
    for (NodeEntry node : found.nodes()) {
      requireFree(nodes, node);
      nodes.add(node);
    }
    ClusterState founded =
        new ClusterState(
            0, found.clusterId(), found.settings(), nodes, found.shards(), nextShard(found));
    ShardRules.requireWhole(founded);
    return founded;
  }

  private static int nextShard(Found found) {
    return found.shards().stream().mapToInt(ShardEntry::number).max().orElse(0) + 1;
  }

  private static ClusterState addNode(ClusterState state, NodeEntry node)
      throws DirectoryException {
    if (node.status() != NodeEntry.Status.ACTIVE) {
      throw DirectoryException.refused("expected a new node to be ACTIVE, but " + node.status());
    }
    if (state.nodes().size() >= MOST_NODES) {
      throw DirectoryException.refused("expected at most 1000 nodes, with those that are out");
    }
    requireFree(state.nodes(), node);
    List<NodeEntry> nodes = new ArrayList<>(state.nodes());
    nodes.add(node);
    return withNodes(state, nodes);
  }

  private static ClusterState setNode(ClusterState state, SetNode set) throws DirectoryException {
    NodeEntry old = requireNode(state, set.node());
    NodeEntry changed =
        new NodeEntry(
            set.node(),
            set.host(),
            set.port(),
            set.clusterPort(),
            set.peerPort(),
            set.zone(),
            old.status(),
            set.release(),
            old.downSinceMs());
    List<NodeEntry> others =
        state.nodes().stream().filter(node -> !node.id().equals(set.node())).toList();
    requireFree(others, changed);
    return onNode(state, set.node(), node -> changed);
  }

  private static ClusterState setStatus(ClusterState state, NodeId id, NodeEntry.Status status)
      throws DirectoryException {
    NodeEntry old = state.node(id);
    if (old != null && old.status() == status) {
      return state;
    }
    requireNode(state, id);
    if (status != NodeEntry.Status.ACTIVE
        && state.nodes().stream()
            .noneMatch(n -> n.status() == NodeEntry.Status.ACTIVE && !n.id().equals(id))) {
      throw DirectoryException.refused(
          "expected another active node to take what " + id + " holds, but there is none");
    }
    if (status == NodeEntry.Status.OUT) {
      for (ShardEntry shard : state.shards()) {
        if (shard.replica(id) != null) {
          throw DirectoryException.refused(
              "expected " + id + " to hold nothing, but shard " + shard.number() + " names it");
        }
      }
    }
    return onNode(state, id, node -> node.withStatus(status));
  }

  /** A node's id and its client and peer address are its own; founders guess cluster ports. */
  private static void requireFree(List<NodeEntry> others, NodeEntry node)
      throws DirectoryException {
    Set<String> taken = new HashSet<>();
    for (NodeEntry other : others) {
      if (other.id().equals(node.id())) {
        throw DirectoryException.refused(
            other.status() == NodeEntry.Status.OUT
                ? "node id '" + node.id() + "' was used by a node that is out; choose another"
                : "node id '" + node.id() + "' is in use; choose another");
      }
      if (other.status() != NodeEntry.Status.OUT) {
        taken.addAll(addresses(other));
      }
    }
    for (String address : addresses(node)) {
      if (!taken.add(address)) {
        throw DirectoryException.refused("address " + address + " is another node's already");
      }
    }
  }

  private static List<String> addresses(NodeEntry node) {
    List<String> addresses = new ArrayList<>();
    for (int port : new int[] {node.port(), node.peerPort()}) {
      if (port != 0) {
        addresses.add(node.host() + ":" + port);
      }
    }
    return addresses;
  }

  static NodeEntry requireNode(ClusterState state, NodeId id) throws DirectoryException {
    @Nullable NodeEntry node = state.node(id);
    if (node == null) {
      throw DirectoryException.refused("expected a node of the cluster, but got '" + id + "'");
    }
    if (node.status() == NodeEntry.Status.OUT) {
      throw DirectoryException.refused("node '" + id + "' is out and does not come back");
    }
    return node;
  }

  private static ClusterState onNode(ClusterState state, NodeId id, UnaryOperator<NodeEntry> change)
      throws DirectoryException {
    requireNode(state, id);
    return withNodes(
        state,
        state.nodes().stream()
            .map(node -> node.id().equals(id) ? change.apply(node) : node)
            .toList());
  }

  private static ClusterState withNodes(ClusterState state, List<NodeEntry> nodes) {
    return new ClusterState(
        state.version(),
        state.clusterId(),
        state.settings(),
        nodes,
        state.shards(),
        state.nextShard());
  }
}
