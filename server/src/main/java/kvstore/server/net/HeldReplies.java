package kvstore.server.net;

import java.util.concurrent.atomic.AtomicLong;
import kvstore.protocol.Reply;

/**
 * Counts the bytes of big replies that wait in a connection's queue for an earlier one, so that a
 * pipeline behind a slow command is bounded too. Any thread.
 */
final class HeldReplies {

  /** Smaller replies are not counted: the number of unanswered requests bounds them. */
  private static final int COUNTED = 4 << 10;

  private final long limit;
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean overfull;

  HeldReplies(long limit) {
    this.limit = limit;
  }

  /** The reply, or a small one in its place once there are too many bytes: none is sent then. */
  Reply admit(Reply reply) {
    if (reply instanceof Reply.Bulk bulk && bulk.value().length >= COUNTED) {
      int length = bulk.value().length;
      if (bytes.addAndGet(length) > limit) {
        overfull = true;
        return Reply.NIL;
      }
    }
    return reply;
  }

  /** The reply waits no longer. */
  void release(Reply reply) {
    if (reply instanceof Reply.Bulk bulk && bulk.value().length >= COUNTED) {
      bytes.addAndGet(-bulk.value().length);
    }
  }

  long bytes() {
    return bytes.getPlain();
  }

  /** Whether the connection must be cut off. */
  boolean isOverfull() {
    return overfull;
  }
}
