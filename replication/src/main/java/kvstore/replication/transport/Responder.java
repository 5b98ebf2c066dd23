package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;

/** Takes the one answer to a request. The first call counts; all methods may come on any thread. */
public interface Responder {

  /** Answers with {@code body}, whose reference passes to the transport. */
  void respond(ByteBuf body);

  /** Refuses the request; the requester sees {@link ResponseHandler.Failure#REFUSED}. */
  void refuse(String message);
}
