package kvstore.server.cluster;

/**
 * A node that asks to be taken into a cluster.
 *
 * @param release the release it runs
 * @param id the node id it asks for; empty for any
 * @param host where clients and peers reach it
 * @param port its client port
 * @param clusterPort its port for cluster-aware clients
 * @param peerPort its peer port
 * @param zone its failure zone; empty if none was given
 */
public record Newcomer(
    String release, String id, String host, int port, int clusterPort, int peerPort, String zone) {}
