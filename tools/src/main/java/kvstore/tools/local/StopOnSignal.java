package kvstore.tools.local;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A signal stops our nodes before we end, with exit code 0: that is a clean stop. */
public final class StopOnSignal {

  private static volatile int exitCode;

  private StopOnSignal() {}

  /** Starts nodes. */
  public interface Starter {
    LocalCluster start() throws IOException;
  }

  /**
   * Starts nodes that are closed when the process is told to end, be it while they start: the
   * signal then waits for the start.
   *
   * @throws IOException if they cannot be started, or the process is ending already
   */
  public static LocalCluster start(Starter starter) throws IOException {
    Object starting = new Object();
    @Nullable LocalCluster[] started = new LocalCluster[1];
    Runnable end =
        () -> {
          synchronized (starting) {
            LocalCluster cluster = started[0];
            if (cluster != null) {
              cluster.close();
            }
          }
          Runtime.getRuntime().halt(exitCode); // else the code would tell of the signal
        };
    synchronized (starting) {
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(end, "stop-nodes"));
      } catch (IllegalStateException e) {
        throw new IOException("the process is ending already", e);
      }
      LocalCluster cluster = starter.start();
      started[0] = cluster;
      return cluster;
    }
  }

  /** Ends the process with a code of its own. */
  public static void exit(int code) {
    exitCode = code;
    System.exit(code);
  }
}
