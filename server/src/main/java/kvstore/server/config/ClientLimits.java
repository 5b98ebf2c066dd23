package kvstore.server.config;

import java.time.Duration;

/**
 * What one client may take.
 *
 * @param idleTimeout zero = never
 * @param maxPendingRequests unanswered commands of a connection
 */
public record ClientLimits(
    int maxClients,
    Duration idleTimeout,
    DataSize outputBuffer,
    int maxPendingRequests,
    RequestLimits request) {

  /** What one request may hold. */
  public record RequestLimits(
      DataSize maxBulk, DataSize maxTotal, DataSize maxKey, int maxArguments, DataSize maxInline) {}

  static ClientLimits from(OptionValues values) {
    ClientLimits limits =
        new ClientLimits(
            values.get(OptionTable.MAXCLIENTS),
            values.get(OptionTable.IDLE_TIMEOUT),
            values.get(OptionTable.OUTPUT_BUFFER_LIMIT),
            values.get(OptionTable.MAX_PENDING_REQUESTS),
            new RequestLimits(
                values.get(OptionTable.MAX_BULK_SIZE),
                values.get(OptionTable.MAX_REQUEST_SIZE),
                values.get(OptionTable.MAX_KEY_SIZE),
                values.get(OptionTable.MAX_ARGUMENTS),
                values.get(OptionTable.MAX_INLINE_SIZE)));
    if (limits.request.maxTotal.compareTo(limits.request.maxBulk) < 0) {
      throw new ConfigException(
          "option max-request-size: expected at least max-bulk-size ("
              + limits.request.maxBulk
              + "), but got '"
              + limits.request.maxTotal
              + "'");
    }
    return limits;
  }
}
