package kvstore.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kvstore.replication.NodeId;

/**
 * Who the node is and where it keeps its data.
 *
 * @param id as given; else the directory knows it, or a new one gets a default
 * @param initialCluster every node of a new cluster; empty when none was given
 * @param advertiseHost as given
 */
public record NodeOptions(
    Optional<NodeId> id,
    Path dir,
    List<ClusterMember> initialCluster,
    Optional<String> advertiseHost) {

  static NodeOptions from(OptionValues values) {
    NodeOptions options =
        new NodeOptions(
            values.find(OptionTable.NODE_ID),
            values.get(OptionTable.DIR).toAbsolutePath().normalize(),
            values.find(OptionTable.INITIAL_CLUSTER).orElse(List.of()),
            values.find(OptionTable.ADVERTISE_HOST));
    if (!options.initialCluster.isEmpty()) {
      options.requireSelf();
    }
    return options;
  }

  /** This node's entry of the initial cluster. */
  public Optional<ClusterMember> self() {
    return initialCluster.stream().filter(member -> id.equals(Optional.of(member.id()))).findAny();
  }

  private void requireSelf() {
    if (id.isEmpty()) {
      throw new ConfigException(
          "option node-id: expected one of the ids in initial-cluster, but it was not given");
    }
    if (self().isEmpty()) {
      throw new ConfigException(
          "option node-id: expected one of the ids in initial-cluster, but got '" + id.get() + "'");
    }
  }
}
