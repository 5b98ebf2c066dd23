package kvstore.server.config;

import java.util.Optional;

/** Addresses as given; what was not given depends on what the node's directory remembers. */
public record ListenOptions(
    Optional<String> host,
    Optional<Integer> port,
    Optional<Integer> clusterPort,
    Optional<Integer> peerPort,
    Optional<Integer> httpPort) {

  static ListenOptions from(OptionValues values) {
    return new ListenOptions(
        values.findGiven(OptionTable.HOST),
        values.findGiven(OptionTable.PORT),
        values.findGiven(OptionTable.CLUSTER_PORT),
        values.findGiven(OptionTable.PEER_PORT),
        values.findGiven(OptionTable.HTTP_PORT));
  }
}
