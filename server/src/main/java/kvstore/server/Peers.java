package kvstore.server;

import java.util.function.Consumer;
import kvstore.replication.NodeId;
import kvstore.replication.transport.PeerTransport;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;

/** Tells the transport where the nodes of the newest cluster state are. */
final class Peers implements Consumer<ClusterState> {

  private final PeerTransport transport;

  Peers(PeerTransport transport) {
    this.transport = transport;
  }

  @Override
  public void accept(ClusterState state) {
    NodeId self = transport.self();
    for (NodeEntry node : state.nodes()) {
      // A node that is out keeps its address: it may ask, and is to be told that it is out.
      if (!node.id().equals(self) && node.peerPort() != 0) {
        transport.setPeer(node.id(), node.host(), node.peerPort());
      }
    }
  }
}
