package kvstore.replication.transport;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/** Where the peers listen. Thread-safe. */
final class PeerAddresses {

  record Address(String host, int port) {}

  private final Map<NodeId, Address> addresses = new ConcurrentHashMap<>();

  /** Returns whether the peer was known at another address. */
  boolean set(NodeId peer, Address address) {
    Address previous = addresses.put(peer, address);
    return previous != null && !previous.equals(address);
  }

  void remove(NodeId peer) {
    addresses.remove(peer);
  }

  Set<NodeId> peers() {
    return Set.copyOf(addresses.keySet());
  }

  @Nullable Address get(NodeId peer) {
    return addresses.get(peer);
  }
}
