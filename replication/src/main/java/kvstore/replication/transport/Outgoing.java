package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import kvstore.replication.transport.ResponseHandler.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on the requester's side. It holds its share of the link's bounds until it has ended
 * and its bytes have left, whichever comes last: a peer that does not read cannot make the link
 * hold more. Event loop only, once submitted.
 */
final class Outgoing implements ChannelFutureListener {

  private static final Logger log = LoggerFactory.getLogger(Outgoing.class);

  private final PeerLink link;
  private final int method;
  private final ByteBuf body;
  private final int bytes;
  private final long deadlineNanos;
  private final ResponseHandler handler;
  private boolean ended;
  private boolean inSocket;

  Outgoing(PeerLink link, int method, ByteBuf body, long deadlineNanos, ResponseHandler handler) {
    this.link = link;
    this.method = method;
    this.body = body;
    this.bytes = body.readableBytes();
    this.deadlineNanos = deadlineNanos;
    this.handler = handler;
  }

  int method() {
    return method;
  }

  int bytes() {
    return bytes;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  boolean ended() {
    return ended;
  }

  /** Whether its sender still wants it to be sent. */
  boolean mayLeave() {
    return handler.mayLeave();
  }

  /** The body, whose reference passes to the caller, who will report through the promise. */
  ByteBuf takeBody() {
    inSocket = true;
    return body;
  }

  /** Ends a request whose body was never taken. */
  void notSent(String message) {
    body.release();
    fail(Failure.NOT_SENT, message);
  }

  void fail(Failure failure, String message) {
    end();
    try {
      handler.failed(failure, message);
    } catch (RuntimeException e) {
      log.error("A response handler of method {} failed", method, e);
    }
  }

  void respond(ByteBuf response) {
    end();
    try {
      handler.response(response);
    } catch (RuntimeException e) {
      log.error("A response handler of method {} failed", method, e);
    }
  }

  private void end() {
    ended = true;
    if (!inSocket) {
      link.giveBack(bytes);
    }
  }

  /** The bytes have left for the socket, or never will. */
  @Override
  public void operationComplete(ChannelFuture written) {
    left();
  }

  void left() {
    inSocket = false;
    if (ended) {
      link.giveBack(bytes);
    }
  }
}
