package kvstore.tools.stress.report;

import java.io.PrintWriter;
import java.util.Locale;

/** The report for a terminal. */
public final class TextReport {

  private static final int MOST_ROWS = 20;

  private final Report report;
  private final PrintWriter out;

  private TextReport(Report report, PrintWriter out) {
    this.report = report;
    this.out = out;
  }

  public static void print(Report report, PrintWriter out) {
    TextReport text = new TextReport(report, out);
    text.parameters();
    text.latencies();
    text.throughput();
    text.overTime();
    text.errors();
    out.println();
    out.println(report.verdict());
    out.flush();
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  private void parameters() {
    Report.Parameters asked = report.parameters();
    line(
        "%s %s",
        asked.ownCluster() ? "Own cluster:" : "Target:", String.join(" ", asked.targets()));
    line("Load:   %s", Words.load(asked));
    line("Keys:   %s", Words.keys(asked));
    line(
        "        written in %.1f s (%,.0f/s) before the test, read again after it",
        report.load().seconds(), report.load().keysPerSecond());
  }

  private void latencies() {
    line("");
    line(
        "%-15s %9s %9s %9s %9s %9s %9s %12s %11s",
        "Response times", "mean", "p50", "p90", "p99", "p99.9", "max", "requests", "per second");
    for (Report.Latency latency : report.latencies()) {
      line(
          "%-15s %9s %9s %9s %9s %9s %9s %,12d %,11.0f",
          latency.operation(),
          Words.millis(latency.mean()),
          Words.millis(latency.p50()),
          Words.millis(latency.p90()),
          Words.millis(latency.p99()),
          Words.millis(latency.p999()),
          Words.millis(latency.max()),
          latency.count(),
          latency.perSecond());
    }
  }

  private void throughput() {
    Report.Throughput throughput = report.throughput();
    line("");
    line(
        "Throughput:     %,.0f/s in %.1f s; in a second %,.0f at least, %,.0f at most",
        throughput.perSecond(),
        report.seconds(),
        throughput.minPerSecond(),
        throughput.maxPerSecond());
    line("Longest gap:    %,d ms without a success", throughput.longestGapMillis());
    line(
        "Bytes:          %s sent, %s received",
        Words.bytes(throughput.bytesSent()), Words.bytes(throughput.bytesReceived()));
    if (report.parameters().rate() != null) {
      line("Schedule:       %,d requests due, but not sent", throughput.behindSchedule());
    }
  }

  private void overTime() {
    int size = report.intervals().size();
    int each = (size + MOST_ROWS - 1) / Math.max(MOST_ROWS, 1);
    line("");
    line("%6s %11s %11s %9s %9s %8s", "second", "GET/s", "SET/s", "p99", "max", "errors");
    for (int from = 0; from < size; from += Math.max(each, 1)) {
      row(from, Math.min(from + Math.max(each, 1), size));
    }
  }

  /** The intervals from {@code from} on as one row: rates on average, the worst of the times. */
  private void row(int from, int to) {
    var some = report.intervals().subList(from, to);
    double seconds = Math.max(some.stream().mapToDouble(Report.Interval::seconds).sum(), 1e-9);
    if (from > 0 && seconds < 0.1) {
      return; // what is left after the last whole second
    }
    line(
        "%6.0f %,11.0f %,11.0f %9s %9s %,8d",
        some.get(some.size() - 1).at(),
        some.stream().mapToLong(Report.Interval::gets).sum() / seconds,
        some.stream().mapToLong(Report.Interval::sets).sum() / seconds,
        Words.millis(some.stream().mapToDouble(Report.Interval::p99Micros).max().orElse(0)),
        Words.millis(some.stream().mapToDouble(Report.Interval::maxMicros).max().orElse(0)),
        some.stream().mapToLong(Report.Interval::errors).sum());
  }

  private void errors() {
    Report.Verification verification = report.verification();
    line("");
    line(
        "Values checked: %,d, %,d of them after the run%s",
        verification.valuesChecked(),
        verification.keysReadAtEnd(),
        verification.unknownApplied() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                "; %,d showed a write of unknown outcome",
                verification.unknownApplied()));
    if (report.connections().reconnects() > 0) {
      line("Reconnects:     %,d", report.connections().reconnects());
    }
    if (report.errors().isEmpty()) {
      line("Errors:         none");
      return;
    }
    line("Errors:");
    for (ErrorCount error : report.errors()) {
      line("  %,10d  %-24s first: %s", error.count(), error.kind(), error.example());
    }
  }
}
