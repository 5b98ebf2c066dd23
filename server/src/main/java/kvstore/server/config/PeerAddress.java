package kvstore.server.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Where another node can be reached, as a person writes it: {@code host:port} with the client port,
 * or {@code host:port@peerport}.
 *
 * @param client where clients reach it
 * @param peerPort where nodes reach it
 */
public record PeerAddress(HostPort client, int peerPort) {

  static PeerAddress parse(String text) {
    int at = text.indexOf('@');
    HostPort client = HostPort.parse(at < 0 ? text : text.substring(0, at));
    int peerPort =
        at < 0
            ? client.port() + ClusterMember.PEER_PORT_OFFSET
            : OptionType.intIn(text.substring(at + 1), 1, 65535);
    if (peerPort > 65535) {
      throw new IllegalArgumentException("no room for the peer port: " + text);
    }
    return new PeerAddress(client, peerPort);
  }

  /** Reads addresses separated by commas. */
  static List<PeerAddress> parseList(String text) {
    List<PeerAddress> addresses = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      addresses.add(parse(part.strip()));
    }
    return List.copyOf(addresses);
  }

  @Override
  public String toString() {
    return client + "@" + peerPort;
  }
}
