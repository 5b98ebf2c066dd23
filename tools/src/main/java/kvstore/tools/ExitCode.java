package kvstore.tools;

/** What the process tells its caller. */
public final class ExitCode {

  public static final int OK = 0;

  /** A single command was answered by an error. */
  public static final int ERROR_REPLY = 1;

  /** The command line made no sense. */
  public static final int USAGE = 2;

  /** No server answered. */
  public static final int UNREACHABLE = 3;

  private ExitCode() {}
}
