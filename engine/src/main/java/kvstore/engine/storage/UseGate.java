package kvstore.engine.storage;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps a resource open while calls use it: {@link #close} lets no new call in and waits for those
 * inside. A native resource freed under a running call would crash the process.
 */
public final class UseGate {
  private static final int CLOSED = Integer.MIN_VALUE;
  private static final long WAIT_NANOS = 50_000;

  /** Number of calls inside, plus {@link #CLOSED} once closed. */
  private final AtomicInteger inside = new AtomicInteger();

  /** Every call that returns must be followed by {@link #leave}. */
  public void enter() throws StorageException {
    if (!tryEnter()) {
      throw new StorageException(StorageException.Kind.CLOSED, "the storage is closed");
    }
  }

  /** Whether the gate is open; if so, {@link #leave} must follow. */
  public boolean tryEnter() {
    if (inside.getAndIncrement() >= 0) {
      return true;
    }
    inside.getAndDecrement();
    return false;
  }

  public void leave() {
    inside.getAndDecrement();
  }

  /**
   * Waits until nobody is inside. Must not be called from inside.
   *
   * @return whether this call closed the gate, rather than an earlier one
   */
  public boolean close() {
    int before;
    do {
      before = inside.get();
      if (before < 0) {
        return false;
      }
    } while (!inside.compareAndSet(before, before + CLOSED));
    while (inside.get() != CLOSED) {
      LockSupport.parkNanos(WAIT_NANOS);
    }
    return true;
  }
}
