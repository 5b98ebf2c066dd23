package kvstore.replication.transport;

import java.nio.charset.StandardCharsets;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PeerTransport} needs to start; an immutable value.
 *
 * @param self this node
 * @param clusterId 1 to 255 bytes in UTF-8; nodes of another cluster are refused
 * @param secret known to the nodes of the cluster only; never empty
 * @param host address to listen on
 * @param port port to listen on; 0 for any
 * @param tls files for mutual TLS, or null for none
 * @param dataThreads event loops for all lanes but {@link Lane#CONTROL}
 * @param limits bounds
 * @param timings durations
 * @param faults for tests
 * @param acquaintances whom this node has met
 */
public record TransportOptions(
    NodeId self,
    String clusterId,
    byte[] secret,
    String host,
    int port,
    @Nullable TlsFiles tls,
    int dataThreads,
    TransportLimits limits,
    TransportTimings timings,
    PeerFaults faults,
    Acquaintances acquaintances) {

  /**
   * The cluster id of a node that belongs to no cluster yet. It is let in by any node that shares
   * its secret, and may ask for {@link #JOIN} and nothing else.
   */
  public static final String JOINING = "joining";

  /** The one method open to a node that is {@link #JOINING}. */
  public static final int JOIN = 110;

  public TransportOptions {
    int idBytes = clusterId.getBytes(StandardCharsets.UTF_8).length;
    if (idBytes < 1 || idBytes > 255) {
      throw new IllegalArgumentException(
          "expected a cluster id of 1 to 255 bytes, but got " + idBytes);
    }
    if (secret.length == 0) {
      throw new IllegalArgumentException("expected a cluster secret, but it is empty");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("expected a port of 0 to 65535, but got " + port);
    }
    if (dataThreads < 1) {
      throw new IllegalArgumentException("expected at least 1 data thread, but got " + dataThreads);
    }
    secret = secret.clone();
  }

  /** Options with every default: no TLS, two to eight data threads, no faults. */
  public static TransportOptions of(
      NodeId self, String clusterId, byte[] secret, String host, int port) {
    int threads = Math.max(2, Math.min(8, Runtime.getRuntime().availableProcessors()));
    return new TransportOptions(
        self,
        clusterId,
        secret,
        host,
        port,
        null,
        threads,
        TransportLimits.DEFAULT,
        TransportTimings.DEFAULT,
        PeerFaults.NONE,
        Acquaintances.none());
  }

  public TransportOptions withTls(@Nullable TlsFiles files) {
    return new TransportOptions(
        self,
        clusterId,
        secret,
        host,
        port,
        files,
        dataThreads,
        limits,
        timings,
        faults,
        acquaintances);
  }

  public TransportOptions withDataThreads(int threads) {
    return new TransportOptions(
        self, clusterId, secret, host, port, tls, threads, limits, timings, faults, acquaintances);
  }

  public TransportOptions withLimits(TransportLimits bounds) {
    return new TransportOptions(
        self,
        clusterId,
        secret,
        host,
        port,
        tls,
        dataThreads,
        bounds,
        timings,
        faults,
        acquaintances);
  }

  public TransportOptions withTimings(TransportTimings durations) {
    return new TransportOptions(
        self,
        clusterId,
        secret,
        host,
        port,
        tls,
        dataThreads,
        limits,
        durations,
        faults,
        acquaintances);
  }

  public TransportOptions withFaults(PeerFaults network) {
    return new TransportOptions(
        self,
        clusterId,
        secret,
        host,
        port,
        tls,
        dataThreads,
        limits,
        timings,
        network,
        acquaintances);
  }

  public TransportOptions withAcquaintances(Acquaintances known) {
    return new TransportOptions(
        self, clusterId, secret, host, port, tls, dataThreads, limits, timings, faults, known);
  }

  @Override
  public String toString() {
    return "TransportOptions[" + self + "@" + clusterId + " on " + host + ":" + port + "]";
  }
}
