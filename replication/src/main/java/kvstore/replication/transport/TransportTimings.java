package kvstore.replication.transport;

import java.time.Duration;

/**
 * Durations of a transport.
 *
 * @param connectTimeout how long a connection attempt may take
 * @param handshakeTimeout how long a new connection may take to prove itself
 * @param reconnectPause after a failed attempt, requests fail at once for this long, so that an
 *     absent peer costs little; doubles with each failure up to {@code maxReconnectPause}
 * @param maxReconnectPause bound of the pause
 * @param probeAfter a connection that owes an answer and has been silent this long is probed
 * @param deadAfter and if it stays silent this long, it is closed
 */
public record TransportTimings(
    Duration connectTimeout,
    Duration handshakeTimeout,
    Duration reconnectPause,
    Duration maxReconnectPause,
    Duration probeAfter,
    Duration deadAfter) {

  public static final TransportTimings DEFAULT =
      new TransportTimings(
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofMillis(20),
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          Duration.ofSeconds(2));
}
