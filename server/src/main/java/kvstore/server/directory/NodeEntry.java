package kvstore.server.directory;

import kvstore.replication.NodeId;

/**
 * A node of the cluster.
 *
 * @param host where clients and peers reach it
 * @param port its client port
 * @param clusterPort its port for cluster-aware clients
 * @param peerPort its peer port
 * @param zone its failure zone; nodes with equal zones may fail together; empty if none was given
 * @param release the release it last reported
 * @param downSinceMs since when the directory has not heard of it, ms since the epoch; 0 while it
 *     is heard of
 */
public record NodeEntry(
    NodeId id,
    String host,
    int port,
    int clusterPort,
    int peerPort,
    String zone,
    Status status,
    String release,
    long downSinceMs) {

  /** What the cluster wants of a node. The order is part of the format: append only. */
  public enum Status {
    /** Takes replicas. */
    ACTIVE,
    /** Serves, and is being emptied. */
    LEAVING,
    /** Holds nothing and never comes back under this id. */
    OUT
  }

  public boolean isDown() {
    return downSinceMs != 0;
  }

  public NodeEntry withStatus(Status changed) {
    return new NodeEntry(
        id, host, port, clusterPort, peerPort, zone, changed, release, downSinceMs);
  }

  public NodeEntry withDownSince(long changedMs) {
    return new NodeEntry(id, host, port, clusterPort, peerPort, zone, status, release, changedMs);
  }
}
