package kvstore.tools.admin;

import java.io.PrintWriter;
import java.util.Locale;
import kvstore.tools.shell.Standard;

/** A line that is written over on a terminal; elsewhere each new text gets a line of its own. */
final class ProgressLine {

  private final PrintWriter out;
  private final boolean terminal = Standard.outputIsTerminal();
  private final long start = System.nanoTime();
  private String shown = "";

  ProgressLine(PrintWriter out) {
    this.out = out;
  }

  void show(String text) {
    if (terminal) {
      out.print("\r\u001b[K" + stamped(text));
      out.flush();
    } else if (!text.equals(shown)) {
      out.println(stamped(text));
    }
    shown = text;
  }

  void end(String text) {
    out.println((terminal ? "\r\u001b[K" : "") + stamped(text));
  }

  private String stamped(String text) {
    return String.format(Locale.ROOT, "[%6.1f s] %s", (System.nanoTime() - start) / 1e9, text);
  }
}
