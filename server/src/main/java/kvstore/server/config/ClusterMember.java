package kvstore.server.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvstore.replication.NodeId;

/**
 * A node of {@code --initial-cluster}.
 *
 * @param host where clients and peers reach it
 * @param port its client port
 * @param peerPort its peer port
 */
public record ClusterMember(NodeId id, String host, int port, int peerPort) {

  /** How far the port for cluster-aware clients lies above the client port unless stated. */
  public static final int CLUSTER_PORT_OFFSET = 5_000;

  /** How far the peer port lies above the client port unless stated. */
  public static final int PEER_PORT_OFFSET = 10_000;

  /** How far the HTTP port lies above the client port unless stated. */
  public static final int HTTP_PORT_OFFSET = 20_000;

  /** Reads {@code id=host:port[@peerport],…}. */
  public static List<ClusterMember> parseList(String text) {
    List<ClusterMember> members = new ArrayList<>();
    Set<NodeId> ids = new HashSet<>();
    Set<HostPort> addresses = new HashSet<>();
    for (String part : text.split(",", -1)) {
      ClusterMember member = parse(part.strip());
      if (!ids.add(member.id)
          || !addresses.add(new HostPort(member.host, member.port))
          || !addresses.add(new HostPort(member.host, member.peerPort))) {
        throw new IllegalArgumentException("twice: " + part);
      }
      members.add(member);
    }
    return List.copyOf(members);
  }

  private static ClusterMember parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("no id: " + text);
    }
    NodeId id = new NodeId(text.substring(0, equals).strip());
    PeerAddress address = PeerAddress.parse(text.substring(equals + 1).strip());
    HostPort client = address.client();
    return new ClusterMember(id, client.host(), client.port(), address.peerPort());
  }

  @Override
  public String toString() {
    return id + "=" + new HostPort(host, port) + "@" + peerPort;
  }
}
