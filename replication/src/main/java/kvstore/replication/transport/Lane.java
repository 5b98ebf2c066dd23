package kvstore.replication.transport;

import org.jspecify.annotations.Nullable;

/**
 * The kinds of traffic between two nodes. Each has a connection of its own, so that none waits
 * behind another; {@link #CONTROL} has an event loop of its own too.
 */
public enum Lane {
  /** Votes, heartbeats and other small messages that must not be late. */
  CONTROL(1),
  /** Log entries. */
  LOG(2),
  /** Snapshot files. */
  SNAPSHOT(3),
  /** Client commands on their way to a leader, and administration. */
  FORWARD(4);

  private final int code;

  Lane(int code) {
    this.code = code;
  }

  /** The lane's number on the wire. */
  int code() {
    return code;
  }

  static @Nullable Lane ofCode(int code) {
    for (Lane lane : values()) {
      if (lane.code == code) {
        return lane;
      }
    }
    return null;
  }
}
