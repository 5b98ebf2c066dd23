package kvstore.server.cluster;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import kvstore.replication.NodeId;
import kvstore.server.config.ClusterMember;

/**
 * Who a data directory belongs to: written once when it is first used, checked at every start.
 *
 * @param self this node as it was first started; a later start without addresses takes these
 * @param clusterId the same on all nodes of a cluster; drawn at random for a cluster of one,
 *     derived from the initial list otherwise, so that all nodes come to the same without talking
 * @param members the initial cluster, this node included; empty for a cluster of one
 */
public record Identity(ClusterMember self, String clusterId, List<ClusterMember> members) {

  /** Version of everything below the data directory; grows when older releases cannot read it. */
  static final int FORMAT = 1;

  public Identity {
    members = List.copyOf(members);
  }

  /** A new cluster of {@code members}, or, if there are none, of this node alone. */
  public static Identity create(ClusterMember self, List<ClusterMember> members) {
    String clusterId =
        members.isEmpty()
            ? UUID.randomUUID().toString()
            : UUID.nameUUIDFromBytes(format(members).getBytes(StandardCharsets.UTF_8)).toString();
    return new Identity(self, clusterId, members);
  }

  public NodeId nodeId() {
    return self.id();
  }

  /** Whether both are of one cluster; clusters of one are told apart by their directory alone. */
  boolean sameCluster(Identity other) {
    return members.isEmpty() ? other.members.isEmpty() : clusterId.equals(other.clusterId);
  }

  /** The members for a message to a person. */
  String describe() {
    return members.isEmpty() ? "a cluster of one" : format(members);
  }

  /** The nodes that first vote, in the order of their ids. */
  public Set<NodeId> voters() {
    return members.isEmpty()
        ? Set.of(nodeId())
        : members.stream().map(ClusterMember::id).collect(Collectors.toCollection(TreeSet::new));
  }

  /** The list in one form for all nodes: by node id, peer ports spelled out. */
  private static String format(List<ClusterMember> members) {
    return members.stream()
        .sorted((a, b) -> a.id().compareTo(b.id()))
        .map(ClusterMember::toString)
        .collect(Collectors.joining(","));
  }

  Properties toProperties() {
    Properties properties = new Properties();
    properties.setProperty("format", Integer.toString(FORMAT));
    properties.setProperty("node-id", nodeId().value());
    properties.setProperty("cluster-id", clusterId);
    properties.setProperty("host", self.host());
    properties.setProperty("port", Integer.toString(self.port()));
    properties.setProperty("peer-port", Integer.toString(self.peerPort()));
    if (!members.isEmpty()) {
      properties.setProperty("members", format(members));
    }
    return properties;
  }

  static Identity fromProperties(Properties properties) {
    ClusterMember self =
        new ClusterMember(
            new NodeId(required(properties, "node-id")),
            required(properties, "host"),
            Integer.parseInt(required(properties, "port")),
            Integer.parseInt(required(properties, "peer-port")));
    String members = properties.getProperty("members");
    return new Identity(
        self,
        required(properties, "cluster-id"),
        members == null ? List.of() : ClusterMember.parseList(members));
  }

  private static String required(Properties properties, String key) {
    String value = properties.getProperty(key);
    if (value == null) {
      throw new IllegalArgumentException("'" + key + "' is missing");
    }
    return value;
  }
}
