package kvstore.tools.stress;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import kvstore.tools.stress.report.Report.Interval;
import org.jspecify.annotations.Nullable;

/** One line on a terminal, written over each second. For one thread. */
final class Progress {

  private static final String CLEAR = "\r\u001b[K";

  private final @Nullable PrintStream out;
  private String phase = "";
  private Errors errors = new Errors();

  private Progress(@Nullable PrintStream out) {
    this.out = out;
  }

  static Progress none() {
    return new Progress(null);
  }

  static Progress on(PrintStream out) {
    return new Progress(out);
  }

  /** On standard error if that is a terminal. */
  static Progress onTerminal() {
    return isTerminal() ? on(System.err) : none();
  }

  private static boolean isTerminal() {
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (java.io.IOException | RuntimeException e) {
      return System.console() != null; // not Linux
    }
  }

  void begin(String name, Errors counted) {
    phase = name;
    errors = counted;
    say(name + " …");
  }

  void show(Interval interval) {
    double seconds = Math.max(interval.seconds(), 1e-9);
    say(
        String.format(
            Locale.ROOT,
            "%s  %.0f s  GET %,.0f/s  SET %,.0f/s  p50 %.2f ms  p99 %.2f ms  errors %,d",
            phase,
            interval.at(),
            interval.gets() / seconds,
            interval.sets() / seconds,
            interval.p50Micros() / 1e3,
            interval.p99Micros() / 1e3,
            errors.total()));
  }

  /** Writes a line of any kind in its place. */
  void say(String text) {
    if (out != null) {
      out.print(CLEAR + text);
      out.flush();
    }
  }

  void done() {
    say("");
  }
}
