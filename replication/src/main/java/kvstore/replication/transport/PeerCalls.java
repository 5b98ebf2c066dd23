package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.Executor;
import kvstore.replication.NodeId;

/**
 * Requests between nodes, as a node makes and answers them. {@link PeerTransport} carries them over
 * the network; the simulation carries them through its own. All methods may be called by any
 * thread; none blocks.
 */
public interface PeerCalls {

  /** This node. */
  NodeId self();

  /** Whether this node knows where the peer listens. */
  boolean knows(NodeId peer);

  /** Whether a connection to the peer stands, on any lane. */
  boolean isConnected(NodeId peer);

  /**
   * Answers requests of {@code method} on the connection's event loop, where nothing may block.
   *
   * @param method 1 to 255; Raft's are below 100
   */
  void handle(int method, Handler handler);

  /**
   * Answers requests of {@code method} on {@code executor}. It must keep the order of its tasks
   * where the order of requests matters; if it rejects one, the request is refused.
   */
  void handle(int method, Handler handler, Executor executor);

  /**
   * Sends a request. Requests of one lane arrive in the order in which one thread sent them.
   *
   * @param body its reference passes to the transport, whatever becomes of the request
   * @param timeout after which the request fails; also bounds the wait for a connection
   * @param handler told how the request ended, exactly once
   */
  void request(
      NodeId to, Lane lane, int method, ByteBuf body, Duration timeout, ResponseHandler handler);
}
