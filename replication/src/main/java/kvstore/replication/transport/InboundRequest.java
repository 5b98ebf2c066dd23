package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request on its way through a handler; lets exactly one answer pass. */
final class InboundRequest implements Responder {

  private static final Logger log = LoggerFactory.getLogger(InboundRequest.class);

  private static final AtomicIntegerFieldUpdater<InboundRequest> ANSWERED =
      AtomicIntegerFieldUpdater.newUpdater(InboundRequest.class, "answered");

  private final PeerInbound connection;
  private final int method;
  private final long id;
  private final int bytes;

  // Written through ANSWERED.
  @SuppressWarnings("UnusedVariable")
  private volatile int answered;

  InboundRequest(PeerInbound connection, int method, long id, int bytes) {
    this.connection = connection;
    this.method = method;
    this.id = id;
    this.bytes = bytes;
  }

  int method() {
    return method;
  }

  long id() {
    return id;
  }

  int bytes() {
    return bytes;
  }

  @Override
  public void respond(ByteBuf body) {
    if (ANSWERED.compareAndSet(this, 0, 1)) {
      connection.answer(this, Frames.RESPONSE, body);
    } else {
      body.release();
      log.warn("A handler answered a request of method {} twice; only the first counts", method);
    }
  }

  @Override
  public void refuse(String message) {
    if (ANSWERED.compareAndSet(this, 0, 1)) {
      ByteBuf body = Frames.refusal(UnpooledByteBufAllocator.DEFAULT, message);
      connection.answer(this, Frames.REFUSAL, body);
    } else {
      log.warn("A handler refused an answered request of method {}: {}", method, message);
    }
  }
}
