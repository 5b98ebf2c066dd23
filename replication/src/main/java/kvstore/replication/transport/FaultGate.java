package kvstore.replication.transport;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;

/**
 * Applies {@link PeerFaults} to one direction of one connection, keeping its order. Event loop
 * only.
 */
final class FaultGate {

  private final PeerFaults faults;
  private final NodeId from;
  private final NodeId to;
  private final Lane lane;
  private final Queue<Runnable> late = new ArrayDeque<>();
  private long lastDelivery;

  FaultGate(PeerFaults faults, NodeId from, NodeId to, Lane lane) {
    this.faults = faults;
    this.from = from;
    this.to = to;
    this.lane = lane;
  }

  /** Runs {@code deliver} now or later, or {@code drop}. */
  void pass(EventLoop loop, Runnable deliver, Runnable drop) {
    long delay = faults.delayNanos(from, to, lane);
    if (delay == PeerFaults.DROP) {
      drop.run();
      return;
    }
    if (delay == 0 && late.isEmpty()) {
      deliver.run();
      return;
    }
    long now = System.nanoTime();
    long at = late.isEmpty() ? now + delay : Math.max(now + delay, lastDelivery);
    lastDelivery = at;
    late.add(deliver);
    // Whichever timer fires first delivers what came first.
    loop.schedule(() -> late.remove().run(), Math.max(0, at - now), TimeUnit.NANOSECONDS);
  }

  /** Whether the other side cannot be reached at all. */
  boolean severed() {
    return faults != PeerFaults.NONE
        && (faults.delayNanos(from, to, lane) == PeerFaults.DROP
            || faults.delayNanos(to, from, lane) == PeerFaults.DROP);
  }

  boolean open() {
    return faults == PeerFaults.NONE;
  }
}
