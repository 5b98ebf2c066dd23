package kvstore.replication.transport;

/**
 * Bounds of a transport.
 *
 * @param maxFrameBytes the largest message, header included
 * @param maxInflightRequests requests that may be queued or unanswered per peer and lane; one more
 *     fails as {@link ResponseHandler.Failure#NOT_SENT}
 * @param maxInflightBytes the same bound in bytes of request bodies: once so many are in flight,
 *     the next fails; the one that reaches it may be as large as any
 * @param maxUnansweredRequests requests of one connection that may wait for their handler's answer;
 *     above it the connection is not read from until half of them are answered
 * @param maxUnansweredBytes the same bound in bytes of request bodies
 * @param maxStrangers connections that may be in their handshake at one time
 */
public record TransportLimits(
    int maxFrameBytes,
    int maxInflightRequests,
    long maxInflightBytes,
    int maxUnansweredRequests,
    long maxUnansweredBytes,
    int maxStrangers) {

  private static final int MIB = 1 << 20;

  public static final TransportLimits DEFAULT =
      new TransportLimits(72 * MIB, 65_536, 48L * MIB, 65_536, 96L * MIB, 128);

  public TransportLimits {
    if (maxFrameBytes < 1024
        || maxInflightRequests < 1
        || maxInflightBytes < 1
        || maxUnansweredRequests < 1
        || maxUnansweredBytes < 1
        || maxStrangers < 1) {
      throw new IllegalArgumentException(
          "expected positive transport limits and a frame of at least 1024 bytes, but got "
              + "limits that would let nothing through");
    }
  }
}
