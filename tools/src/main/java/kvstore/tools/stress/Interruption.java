package kvstore.tools.stress;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a signal to end does: the load stops, and the keys are read again and the report is written
 * for what there was; before the load has begun, all stops at once. Any thread.
 */
final class Interruption {

  private static final long PATIENCE_SECONDS = 180;

  private final Thread main;
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "stop-stress");
  private volatile @Nullable Deadline load;
  private volatile boolean requested;
  private volatile int exitCode = 1;

  private Interruption(Thread main) {
    this.main = main;
  }

  /** To be followed by {@link #finished} on this thread. */
  static Interruption watched() {
    Interruption interruption = new Interruption(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** From now on the load can be stopped, by its deadline. */
  void loadRunsUntil(Deadline deadline) {
    load = deadline;
    if (requested) {
      deadline.bringForward(System.nanoTime());
    }
  }

  boolean isRequested() {
    return requested;
  }

  /** Nothing is left to do. */
  void finished(int code) {
    exitCode = code;
    finished.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the signal has come this moment
      }
    }
  }

  private void end() {
    requested = true;
    Deadline deadline = load;
    if (deadline == null) {
      main.interrupt();
    } else {
      deadline.bringForward(System.nanoTime());
    }
    try {
      if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("kv_store: the stress test did not stop in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(exitCode); // else the code would tell of the signal
  }
}
