package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;

/**
 * Told how a request ended: exactly one of its methods is called, exactly once, on the connection's
 * event loop or, if the request could not be queued, on the caller's thread. Must not block.
 */
public interface ResponseHandler {

  /** Why a request has no response. */
  enum Failure {
    /** Not a byte of the request was handed to a socket: it certainly had no effect. */
    NOT_SENT,
    /** Sent, or perhaps sent, and not answered: it may or may not have had an effect. */
    LOST,
    /** The other node answered that it will not handle it. */
    REFUSED
  }

  /**
   * Asked on the connection's event loop right before the request would be written; if false, it
   * ends as {@link Failure#NOT_SENT}. A request that failed on the same link before has been told
   * so by then: whoever must keep an order can call back what would overtake it.
   */
  default boolean mayLeave() {
    return true;
  }

  /**
   * The other node answered.
   *
   * @param body released by the transport when this method returns; to keep it longer, retain it
   */
  void response(ByteBuf body);

  /**
   * There is no response.
   *
   * @param message what happened, for a log or an error reply
   */
  void failed(Failure failure, String message);
}
