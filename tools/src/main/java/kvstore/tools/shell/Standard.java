package kvstore.tools.shell;

/** What standard input and output are; the launcher knows and tells. */
public final class Standard {

  /** {@code in}, {@code out}, both separated by a comma, or nothing. */
  private static final String TERMINALS = System.getProperty("kvstore.terminals", "");

  private Standard() {}

  public static boolean inputIsTerminal() {
    return TERMINALS.contains("in");
  }

  public static boolean outputIsTerminal() {
    return TERMINALS.contains("out");
  }
}
