package kvstore.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The shutdown hook: makes a signal a clean stop. It ends the virtual machine itself, since the
 * exit code of a clean stop is 0, not that of the signal.
 */
final class Stopping implements Runnable {

  /** What a stop may take beyond the time for commands in flight: closing shards, log and files. */
  private static final Duration CLOSING = Duration.ofSeconds(20);

  private final ServerProcess process;
  private final CountDownLatch finished;
  private final Duration patience;
  private volatile int exitCode = 1;

  Stopping(ServerProcess process, CountDownLatch finished, Duration stopTimeout) {
    this.process = process;
    this.finished = finished;
    this.patience = stopTimeout.plus(CLOSING);
  }

  void exitCode(int code) {
    exitCode = code;
  }

  @Override
  public void run() {
    process.requestStop();
    try {
      boolean clean = finished.await(patience.toMillis(), TimeUnit.MILLISECONDS);
      Logging.stop();
      Runtime.getRuntime().halt(clean ? exitCode : 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
