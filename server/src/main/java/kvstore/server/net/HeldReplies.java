package kvstore.server.net;

import kvstore.protocol.Reply;
import kvstore.server.memory.ClientMemory;

/**
 * Counts the bytes of big replies that wait in a connection's queue for an earlier one or for its
 * event loop, so that a pipeline behind a slow command is bounded too. Any thread.
 */
final class HeldReplies {

  /** Smaller replies are not counted: the number of unanswered requests bounds them. */
  private static final int COUNTED = 4 << 10;

  private final long limit;
  private final ClientMemory memory;

  /** Written under the lock. */
  private volatile long bytes;

  private volatile boolean overfull;
  private boolean closed;

  /**
   * @param memory of the node, where the same bytes are counted
   */
  HeldReplies(long limit, ClientMemory memory) {
    this.limit = limit;
    this.memory = memory;
  }

  /** The reply, or a small one in its place once there are too many bytes: none is sent then. */
  Reply admit(Reply reply) {
    long size = reply.bulkBytes();
    if (size < COUNTED) {
      return reply;
    }
    synchronized (this) {
      if (closed || bytes + size > limit) {
        overfull = true;
        return Reply.NIL;
      }
      bytes += size;
    }
    memory.count(size);
    return reply;
  }

  /** The reply waits no longer. */
  void release(Reply reply) {
    long size = reply.bulkBytes();
    if (size < COUNTED) {
      return;
    }
    synchronized (this) {
      if (closed) {
        return;
      }
      bytes -= size;
    }
    memory.count(-size);
  }

  /** The connection is gone: what waits for it is let go, and what comes is not kept. */
  void close() {
    long left;
    synchronized (this) {
      closed = true;
      left = bytes;
      bytes = 0;
    }
    memory.count(-left);
  }

  long bytes() {
    return bytes;
  }

  /** Whether the connection must be cut off. */
  boolean isOverfull() {
    return overfull;
  }
}
