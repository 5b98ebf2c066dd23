package kvstore.server.net;

import org.jspecify.annotations.Nullable;

/** Slots in the order of their requests: a ring that grows. Event loop only. */
final class ReplyQueue {

  private static final int FIRST_CAPACITY = 16;
  private static final int KEPT_CAPACITY = 1024;

  private @Nullable ReplySlot[] ring = new @Nullable ReplySlot[FIRST_CAPACITY];
  private long head;
  private long tail;

  /** Everything before it is known to be answered; at least {@code head}. */
  private long answered;

  private long bytes;

  int size() {
    return (int) (tail - head);
  }

  boolean isEmpty() {
    return head == tail;
  }

  /** Bytes of the requests whose slots are here. */
  long requestBytes() {
    return bytes;
  }

  void add(ReplySlot slot) {
    if (size() == ring.length) {
      resize(ring.length * 2);
    }
    ring[index(tail++)] = slot;
    bytes += slot.requestBytes();
  }

  /** Null if there are fewer than two. */
  @Nullable ReplySlot beforeNewest() {
    return size() < 2 ? null : ring[index(tail - 2)];
  }

  /** Whether any slot before the newest {@code newest} ones still waits for its answer. */
  boolean hasUnansweredBefore(int newest) {
    answered = Math.max(answered, head);
    long end = tail - newest;
    while (answered < end) {
      ReplySlot slot = ring[index(answered)];
      if (slot != null && slot.answer() == null) {
        return true;
      }
      answered++;
    }
    return false;
  }

  /** Takes the oldest slot if it is answered. */
  @Nullable ReplySlot pollAnswered() {
    if (head == tail) {
      return null;
    }
    int index = index(head);
    ReplySlot slot = ring[index];
    if (slot == null || slot.answer() == null) {
      return null;
    }
    ring[index] = null;
    head++;
    bytes -= slot.requestBytes();
    if (head == tail && ring.length > KEPT_CAPACITY) {
      ring = new @Nullable ReplySlot[FIRST_CAPACITY];
    }
    return slot;
  }

  /** The slot added last; there must be one. */
  ReplySlot newest() {
    ReplySlot slot = isEmpty() ? null : ring[index(tail - 1)];
    if (slot == null) {
      throw new IllegalStateException("expected a slot, but the queue is empty");
    }
    return slot;
  }

  private int index(long position) {
    return (int) position & (ring.length - 1);
  }

  private void resize(int capacity) {
    @Nullable ReplySlot[] next = new @Nullable ReplySlot[capacity];
    for (long i = head; i < tail; i++) {
      next[(int) i & (capacity - 1)] = ring[index(i)];
    }
    ring = next;
  }
}
