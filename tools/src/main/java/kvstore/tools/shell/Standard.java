package kvstore.tools.shell;

/** What standard input and output are; the launcher knows and tells. */
final class Standard {

  /** {@code in}, {@code out}, both separated by a comma, or nothing. */
  private static final String TERMINALS = System.getProperty("kvstore.terminals", "");

  private Standard() {}

  static boolean inputIsTerminal() {
    return TERMINALS.contains("in");
  }

  static boolean outputIsTerminal() {
    return TERMINALS.contains("out");
  }
}
