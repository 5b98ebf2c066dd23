package kvstore.server.console;

import kvstore.replication.NodeId;

/**
 * A node of the cluster as this node sees it.
 *
 * @param port its client port
 * @param connected whether it has answered lately; true for this node itself
 */
public record PeerStatus(NodeId id, String host, int port, int peerPort, boolean connected) {}
