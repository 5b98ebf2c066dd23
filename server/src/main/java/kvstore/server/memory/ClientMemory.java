package kvstore.server.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that clients make a node hold, all together: requests that have come in part, and replies
 * that were not taken yet, by clients or by other nodes. What each of them may is bounded for it
 * alone; this is the bound for their sum. Any thread.
 */
public final class ClientMemory {

  private final long limit;
  private final long enough;
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean eased;

  /**
   * @param limit in bytes
   */
  public ClientMemory(long limit) {
    this.limit = limit;
    this.enough = limit - limit / 8;
  }

  /** Without a bound; for parts of a node. */
  public static ClientMemory unbounded() {
    return new ClientMemory(Long.MAX_VALUE);
  }

  /** Counts bytes held from now on, or, below zero, no longer. */
  public void count(long more) {
    long now = bytes.addAndGet(more);
    if (now <= enough && now - more > enough) {
      eased = true;
    }
  }

  /** Bytes held now. */
  public long bytes() {
    return bytes.get();
  }

  /** Whether nothing large may be begun. */
  public boolean isFull() {
    return bytes.get() > limit;
  }

  /** Whether what was stopped because it was full may go on: clearly later, not to stop at once. */
  public boolean hasRoom() {
    return bytes.get() <= enough;
  }

  /** Bytes to be given back until there is room; zero or less if there is. */
  public long excess() {
    return bytes.get() - enough;
  }

  /** Whether there has been room at any time since this was asked last. One thread. */
  public boolean hadRoom() {
    boolean had = eased || hasRoom();
    eased = false;
    return had;
  }
}
