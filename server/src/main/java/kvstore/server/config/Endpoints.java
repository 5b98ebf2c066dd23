package kvstore.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * Where a node listens.
 *
 * @param host the address to bind
 * @param advertiseHost the address others are told
 * @param port for clients; 0 = any
 * @param clusterPort for clients that know the shards; 0 = any
 * @param peerPort for other nodes; 0 = any
 * @param httpPort for health and metrics; 0 = any
 */
public record Endpoints(
    String host, String advertiseHost, int port, int clusterPort, int peerPort, int httpPort) {

  /**
   * What was given wins, then what {@code known} says, then the defaults.
   *
   * @param known this node as the initial cluster or its directory has it
   */
  static Endpoints resolve(
      ListenOptions given, Optional<String> advertiseHost, Optional<ClusterMember> known) {
    String host =
        given.host().or(() -> known.map(ClusterMember::host)).orElse(OptionTable.HOST.fallback());
    int port =
        given
            .port()
            .or(() -> known.map(ClusterMember::port))
            .orElseGet(() -> Integer.valueOf(OptionTable.PORT.fallback()));
    int clusterPort =
        given
            .clusterPort()
            .orElseGet(
                () -> offset(OptionTable.CLUSTER_PORT, port, ClusterMember.CLUSTER_PORT_OFFSET));
    int peerPort =
        given
            .peerPort()
            .or(() -> known.map(ClusterMember::peerPort))
            .orElseGet(() -> offset(OptionTable.PEER_PORT, port, ClusterMember.PEER_PORT_OFFSET));
    int httpPort =
        given
            .httpPort()
            .orElseGet(() -> offset(OptionTable.HTTP_PORT, port, ClusterMember.HTTP_PORT_OFFSET));
    String told = advertiseHost.or(() -> known.map(ClusterMember::host)).orElse(host);
    return new Endpoints(host, told, port, clusterPort, peerPort, httpPort);
  }

  /** The same with the client ports that were had. */
  public Endpoints bound(int clientPort, int portForClusters) {
    return new Endpoints(host, advertiseHost, clientPort, portForClusters, peerPort, httpPort);
  }

  /** Whether only this machine can reach the node. */
  boolean isLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new ConfigException(
          "option host: expected an address of this machine, but '" + host + "' is unknown");
    }
  }

  private static int offset(Option<Integer> option, int port, int offset) {
    if (port == 0) {
      return 0;
    }
    if (port + offset > 65535) {
      throw new ConfigException(
          "option "
              + option.name()
              + ": expected it to be given, since port "
              + port
              + " + "
              + offset
              + " is no port");
    }
    return port + offset;
  }
}
