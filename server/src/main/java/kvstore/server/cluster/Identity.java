package kvstore.server.cluster;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Collectors;
import kvstore.replication.NodeId;
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.Settings;

/**
 * Who a data directory belongs to: written once when it is first used, checked at every start.
 *
 * @param self this node as it was first started; a later start without addresses takes these
 * @param clusterId the same on all nodes of a cluster; drawn at random for a cluster of one,
 *     derived from the initial list otherwise, so that all nodes come to the same without talking
 * @param replicas voters that a founder wants for each shard; the same on all founders
 * @param origin how the node came to its cluster
 * @param members the initial cluster, this node included; for a node that joined, the nodes that it
 *     knew of at first; empty for a cluster of one
 */
public record Identity(
    ClusterMember self,
    String clusterId,
    int replicas,
    Origin origin,
    List<ClusterMember> members) {

  /** How a node came to its cluster. */
  public enum Origin {
    /** It was there from the beginning, and voted before anyone told it to. */
    FOUNDED,
    /** It was taken in later, and votes in no group before it is told to. */
    JOINED
  }

  /** Version of everything below the data directory; grows when older releases cannot read it. */
  static final int FORMAT = 1;

  public Identity {
    members = List.copyOf(members);
  }

  /** A new cluster of {@code members}, or, if there are none, of this node alone. */
  public static Identity create(ClusterMember self, int replicas, List<ClusterMember> members) {
    String clusterId =
        members.isEmpty()
            ? UUID.randomUUID().toString()
            : UUID.nameUUIDFromBytes(format(members).getBytes(StandardCharsets.UTF_8)).toString();
    return new Identity(self, clusterId, replicas, Origin.FOUNDED, members);
  }

  /** A node that a cluster took in. */
  static Identity joined(ClusterMember self, String clusterId, List<ClusterMember> known) {
    return new Identity(self, clusterId, Settings.DEFAULT.replicas(), Origin.JOINED, known);
  }

  /** The same under another node id, to be compared. */
  public Identity named(NodeId id) {
    ClusterMember named = new ClusterMember(id, self.host(), self.port(), self.peerPort());
    return new Identity(named, clusterId, replicas, origin, members);
  }

  public boolean isFounder() {
    return origin == Origin.FOUNDED;
  }

  public NodeId nodeId() {
    return self.id();
  }

  /** Whether both are of one cluster; clusters of one are told apart by their directory alone. */
  boolean sameCluster(Identity other) {
    return members.isEmpty() && other.members.isEmpty() || clusterId.equals(other.clusterId);
  }

  /** The members for a message to a person. */
  String describe() {
    if (origin == Origin.JOINED) {
      return "joined " + clusterId;
    }
    return members.isEmpty() ? "a cluster of one" : format(members);
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
    properties.setProperty("replicas", Integer.toString(replicas));
    properties.setProperty("origin", origin.name().toLowerCase(Locale.ROOT));
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
        Integer.parseInt(required(properties, "replicas")),
        origin(properties),
        members == null ? List.of() : ClusterMember.parseList(members));
  }

  private static Origin origin(Properties properties) {
    String text = properties.getProperty("origin", "founded");
    for (Origin origin : Origin.values()) {
      if (origin.name().equalsIgnoreCase(text)) {
        return origin;
      }
    }
    throw new IllegalArgumentException("origin is '" + text + "'");
  }

  private static String required(Properties properties, String key) {
    String value = properties.getProperty(key);
    if (value == null) {
      throw new IllegalArgumentException("'" + key + "' is missing");
    }
    return value;
  }
}
