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
 * @param join nodes of the cluster that a new node joins; empty when none was given
 * @param replicas voting replicas that a new cluster wants for each shard; odd
 * @param zone failure zone; empty when none was given
 * @param advertiseHost as given
 */
public record NodeOptions(
    Optional<NodeId> id,
    Path dir,
    List<ClusterMember> initialCluster,
    List<PeerAddress> join,
    int replicas,
    String zone,
    Optional<String> advertiseHost) {

  static NodeOptions from(OptionValues values) {
    NodeOptions options =
        new NodeOptions(
            values.find(OptionTable.NODE_ID),
            values.get(OptionTable.DIR).toAbsolutePath().normalize(),
            values.find(OptionTable.INITIAL_CLUSTER).orElse(List.of()),
            values.find(OptionTable.JOIN).orElse(List.of()),
            values.get(OptionTable.REPLICAS),
            values.find(OptionTable.ZONE).orElse(""),
            values.find(OptionTable.ADVERTISE_HOST));
    if (options.replicas % 2 == 0) {
      throw new ConfigException(
          "option replicas: expected an odd number, but got '" + options.replicas + "'");
    }
    if (!options.initialCluster.isEmpty()) {
      options.requireSelf();
      if (!options.join.isEmpty()) {
        throw new ConfigException(
            "option join: expected it alone, but initial-cluster was given too; a new cluster is "
                + "either formed at once or joined");
      }
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
