package kvstore.server.router;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.engine.command.BatchWriter;

/**
 * Commands of one shard that wait for a leader, in the order of their numbers. Bounded in number,
 * and in bytes for all shards of the node together. Guarded by the lock of its route.
 */
final class WaitingRoom {

  /** Commands of one shard; more are refused as not applied. */
  private static final int MOST = 100_000;

  /** Of the heap, as much as may wait to be proposed. */
  private static final long MOST_BYTES = Runtime.getRuntime().maxMemory() / 8;

  private final PriorityQueue<Routed> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Routed::sequence));
  private final AtomicLong bytesOfNode;
  private final long mostBytes;

  /**
   * @param bytesOfNode argument bytes that wait in all rooms of the node
   */
  WaitingRoom(AtomicLong bytesOfNode) {
    this(bytesOfNode, MOST_BYTES);
  }

  WaitingRoom(AtomicLong bytesOfNode, long mostBytes) {
    this.bytesOfNode = bytesOfNode;
    this.mostBytes = mostBytes;
  }

  boolean isFull() {
    return waiting.size() >= MOST || bytesOfNode.get() > mostBytes;
  }

  void add(Routed routed) {
    waiting.add(routed);
    bytesOfNode.addAndGet(BatchWriter.sizeOf(routed.command()));
  }

  void remove(Routed routed) {
    if (waiting.remove(routed)) {
      bytesOfNode.addAndGet(-BatchWriter.sizeOf(routed.command()));
    }
  }

  /** All of them, in their order; the room is empty then. */
  List<Routed> takeAll() {
    List<Routed> taken = new ArrayList<>(waiting.size());
    long bytes = 0;
    for (Routed next = waiting.poll(); next != null; next = waiting.poll()) {
      taken.add(next);
      bytes += BatchWriter.sizeOf(next.command());
    }
    bytesOfNode.addAndGet(-bytes);
    return taken;
  }

  int size() {
    return waiting.size();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }
}
