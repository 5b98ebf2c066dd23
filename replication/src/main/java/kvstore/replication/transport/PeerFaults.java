package kvstore.replication.transport;

import kvstore.replication.NodeId;

/** A network that misbehaves on purpose, for tests and proofs. Called on event loops. */
@FunctionalInterface
public interface PeerFaults {

  /** What {@link #delayNanos} returns for a message that never arrives. */
  long DROP = -1;

  /** The network as it is. */
  PeerFaults NONE = (from, to, lane) -> 0;

  /**
   * Decides on one message, request or response, about to travel.
   *
   * @return 0 to send it at once, nanoseconds to delay it by (the order of a lane is kept), or
   *     {@link #DROP}
   */
  long delayNanos(NodeId from, NodeId to, Lane lane);
}
