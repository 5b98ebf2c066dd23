package kvstore.server.shard;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.engine.command.Outcome;
import kvstore.server.memory.ClientMemory;

/**
 * How much may wait to be proposed on a node, all its shards together, and how long. Any thread.
 */
public final class Admission {

  /** For tests and for parts of nodes: the bounds of a node with the usual heap. */
  public static Admission usual() {
    return new Admission(64L << 20, Duration.ofMillis(500));
  }

  /** A reply of fewer bytes is not large. */
  private static final long LARGE = 4 << 10;

  private final ClientMemory memory;
  private final long maxBytes;
  private final long maxWaitNanos;
  private final AtomicLong bytes = new AtomicLong();

  public Admission(long maxBytes, Duration maxWait) {
    this(maxBytes, maxWait, ClientMemory.unbounded());
  }

  /**
   * @param maxBytes argument bytes that may wait; what comes on top is refused
   * @param maxWait a command that would wait longer than this is refused; zero = never for that
   * @param memory of clients: while it is full, no large reply is made
   */
  public Admission(long maxBytes, Duration maxWait, ClientMemory memory) {
    this.memory = memory;
    this.maxBytes = maxBytes;
    this.maxWaitNanos = maxWait.isZero() ? Long.MAX_VALUE : maxWait.toNanos();
  }

  boolean hasRoom() {
    return bytes.get() <= maxBytes;
  }

  /** Counts bytes that wait from now on, or, below zero, no longer. */
  void count(long more) {
    bytes.addAndGet(more);
  }

  /** Whether a reply may be made whose size is not known. */
  boolean mayRead() {
    return !memory.isFull();
  }

  /** Whether what was read may be kept until it is sent. */
  boolean mayKeep(Outcome outcome) {
    return !memory.isFull() || outcome.valueBytes() < LARGE;
  }

  /** Counts an outcome that waits to be proven, until it is let go. */
  void hold(Outcome outcome) {
    long size = outcome.valueBytes();
    if (size >= LARGE) {
      memory.count(size);
    }
  }

  void letGo(Outcome outcome) {
    long size = outcome.valueBytes();
    if (size >= LARGE) {
      memory.count(-size);
    }
  }

  long maxWaitNanos() {
    return maxWaitNanos;
  }
}
