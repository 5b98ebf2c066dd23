package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import kvstore.replication.NodeId;

/** Answers one method's requests. */
@FunctionalInterface
public interface Handler {

  /**
   * Handles a request. Runs on the connection's event loop, where it must not block, or on the
   * executor named at registration; requests of one connection are handed over in the order sent.
   *
   * @param from the node that asks; the handshake has proved it knows the cluster's secret
   * @param body the request's body, released by the transport when this method returns; to keep it
   *     longer, retain it
   * @param responder to be told exactly one answer, now or later, on any thread
   */
  void handle(NodeId from, ByteBuf body, Responder responder);
}
