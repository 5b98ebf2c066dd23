package kvstore.tools.local;

/** A signal stops our nodes before we end, with exit code 0: that is a clean stop. */
public final class StopOnSignal {

  private static volatile int exitCode;

  private StopOnSignal() {}

  /** Closes {@code cluster} when the process is told to end. */
  public static void stopping(LocalCluster cluster) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  cluster.close();
                  Runtime.getRuntime().halt(exitCode); // else the code would tell of the signal
                },
                "stop-nodes"));
  }

  /** Ends the process with a code of its own. */
  public static void exit(int code) {
    exitCode = code;
    System.exit(code);
  }
}
