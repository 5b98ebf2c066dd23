package kvstore.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import kvstore.replication.NodeId;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.cluster.Identity;
import kvstore.server.cluster.Joining;
import kvstore.server.cluster.Newcomer;
import kvstore.server.config.ClusterMember;
import kvstore.server.config.Endpoints;
import kvstore.server.config.NodeOptions;
import kvstore.server.config.Secret;
import kvstore.server.config.ServerOptions;
import kvstore.server.net.Versions;

/** How a node comes to be one of a cluster: it was before, it founds one, or it joins one. */
final class ClusterEntry {

  /** Proven where no secret is configured, so that one side with a secret refuses the other. */
  private static final String NO_SECRET = "kvstore: no cluster secret is configured";

  private final ServerOptions options;
  private final DataDirectory directory;

  ClusterEntry(ServerOptions options, DataDirectory directory) {
    this.options = options;
    this.directory = directory;
  }

  /** What nodes of the cluster prove to each other. */
  static byte[] secret(ServerOptions options) {
    // Without a secret the node listens on loopback only, or was told to be insecure: what is left
    // to guard against is a mix-up, and the cluster's id, which both sides say, does that.
    return options
        .security()
        .clusterSecret()
        .map(Secret::bytes)
        .orElseGet(() -> NO_SECRET.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * The identity to run under, durable on return.
   *
   * @param ports waited for only if another node must be told of them
   */
  Identity enter(Endpoints endpoints, BoundPorts ports) throws IOException {
    Optional<Identity> stored = directory.stored();
    NodeOptions node = options.node();
    if (stored.isEmpty() && !node.join().isEmpty()) {
      return directory.claim(join(ports.endpoints()));
    }
    return directory.claim(founder(endpoints, stored));
  }

  private Identity join(Endpoints endpoints) throws IOException {
    NodeOptions node = options.node();
    int peerPort = endpoints.peerPort() == 0 ? freePort(endpoints.host()) : endpoints.peerPort();
    return Joining.join(
        node.join(),
        secret(options),
        new Newcomer(
            Versions.OWN,
            node.id().map(NodeId::value).orElse(""),
            endpoints.advertiseHost(),
            endpoints.port(),
            endpoints.clusterPort(),
            peerPort,
            node.zone()));
  }

  /** A port that was free a moment ago: others must be told of it before the node may bind it. */
  private static int freePort(String host) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return socket.getLocalPort();
    }
  }

  /** Who this node would be if its directory were unused. */
  private Identity founder(Endpoints endpoints, Optional<Identity> stored) {
    NodeOptions node = options.node();
    List<ClusterMember> members = node.initialCluster();
    if (members.isEmpty() && stored.isPresent() && node.id().isEmpty()) {
      return stored.get(); // --dir alone: the role it had
    }
    if (members.isEmpty() && stored.isPresent() && !stored.get().isFounder()) {
      return stored.get().named(node.id().orElseThrow());
    }
    if (members.isEmpty() && stored.isPresent()) {
      members = stored.get().members();
    }
    NodeId id = node.id().or(() -> stored.map(Identity::nodeId)).orElseGet(() -> new NodeId("n1"));
    ClusterMember self =
        new ClusterMember(id, endpoints.advertiseHost(), endpoints.port(), endpoints.peerPort());
    return Identity.create(self, node.replicas(), members);
  }
}
