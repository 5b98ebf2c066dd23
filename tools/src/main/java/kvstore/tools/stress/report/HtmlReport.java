package kvstore.tools.stress.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import kvstore.tools.stress.report.Report.Interval;
import kvstore.tools.stress.report.Report.Latency;
import kvstore.tools.stress.report.Report.Point;

/** The report as one page that needs nothing else. */
public final class HtmlReport {

  /** A shorter interval at the end says little, and its rate may be anything. */
  private static final double SHORTEST_INTERVAL = 0.2;

  private final Report report;
  private final List<Interval> intervals;

  private HtmlReport(Report report) {
    this.report = report;
    this.intervals =
        report.intervals().size() == 1
            ? report.intervals()
            : report.intervals().stream()
                .filter(interval -> interval.seconds() >= SHORTEST_INTERVAL)
                .toList();
  }

  public static String of(Report report) {
    return new HtmlReport(report).page();
  }

  private String page() {
    StringBuilder html = new StringBuilder();
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.append("<title>kv_store stress test</title>\n<style>\n").append(style());
    html.append("</style>\n</head>\n<body>\n<main>\n<header><h1>kv_store stress test</h1>\n");
    html.append("<p>").append(Html.text(startedAt())).append(" · ");
    html.append(Html.text(String.join(", ", report.parameters().targets())));
    html.append(report.parameters().ownCluster() ? " (a cluster of its own)" : "");
    html.append("</p></header>\n");
    html.append("<p class=\"verdict ").append(report.passed() ? "passed" : "failed");
    html.append("\">").append(Html.text(report.verdict())).append("</p>\n");
    tiles(html);
    section(html, "Response times", latencyTable());
    section(html, "Response times by percentile", percentiles());
    section(html, "Throughput over time, requests per second", throughput());
    section(html, "Response times over time", latencyOverTime());
    section(html, "Errors", errors());
    section(html, "Parameters", parameters());
    return html.append("</main>\n</body>\n</html>\n").toString();
  }

  private String startedAt() {
    return report.startedAt().replaceFirst("\\..*Z", "Z").replace('T', ' ').replace("Z", " UTC");
  }

  /** The style sheet of all reports. */
  public static String style() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IOException("it is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the style sheet of the report can not be read", e);
    }
  }

  private static void section(StringBuilder html, String title, String content) {
    html.append("<section>\n<h2>").append(title).append("</h2>\n").append(content);
    html.append("</section>\n");
  }

  private void tiles(StringBuilder html) {
    html.append("<div class=\"tiles\">\n");
    tile(html, "requests/s", count(report.throughput().perSecond()));
    for (Latency latency : report.latencies()) {
      tile(html, latency.operation() + " p50", Axis.time(Axis.three(latency.p50())));
      tile(html, latency.operation() + " p99", Axis.time(Axis.three(latency.p99())));
    }
    tile(html, "longest gap", report.throughput().longestGapMillis() + " ms");
    tile(html, "errors", count(report.errors().stream().mapToLong(ErrorCount::count).sum()));
    html.append("</div>\n");
  }

  private static void tile(StringBuilder html, String name, String figure) {
    html.append("<div><b>").append(Html.text(figure)).append("</b>");
    html.append(Html.text(name)).append("</div>\n");
  }

  private static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  private String latencyTable() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "mean", "p50", "p90", "p99", "p99.9", "max", "requests", "per second"));
    for (Latency latency : report.latencies()) {
      rows.add(
          List.of(
              latency.operation(),
              Words.millis(latency.mean()),
              Words.millis(latency.p50()),
              Words.millis(latency.p90()),
              Words.millis(latency.p99()),
              Words.millis(latency.p999()),
              Words.millis(latency.max()),
              count(latency.count()),
              count(latency.perSecond())));
    }
    return Html.table(false, rows);
  }

  private String percentiles() {
    double least = Double.MAX_VALUE;
    double most = 1;
    double highest = 99;
    for (Latency latency : report.latencies()) {
      for (Point point : latency.percentiles()) {
        least = Math.min(least, point.micros());
        most = Math.max(most, point.micros());
        highest = Math.max(highest, point.percentile() < 100 ? point.percentile() : 0);
      }
    }
    Chart chart =
        new Chart(
            "Response time by percentile",
            Axis.percentiles(highest),
            Axis.times(Math.min(least, most), most));
    for (Latency latency : report.latencies()) {
      List<Chart.Dot> dots = new ArrayList<>();
      for (Point point : latency.percentiles()) {
        dots.add(
            new Chart.Dot(
                Axis.nines(point.percentile()),
                point.micros(),
                String.format(
                    Locale.ROOT, "%.6g %% within %s", point.percentile(), time(point.micros()))));
      }
      // the two often lie upon each other
      String dashed = latency.operation().equals("SET") ? " dashed" : "";
      chart.line(
          latency.operation(), latency.operation().toLowerCase(Locale.ROOT) + dashed, false, dots);
    }
    return chart.html();
  }

  private static String time(double micros) {
    return Axis.time(Axis.three(micros));
  }

  private Axis time() {
    return Axis.seconds(intervals.isEmpty() ? 1 : intervals.get(intervals.size() - 1).at());
  }

  private String throughput() {
    double most = 1;
    for (Interval interval : intervals) {
      most = Math.max(most, rate(interval, Math.max(interval.gets(), interval.sets())));
    }
    List<Chart.Dot> marks =
        report.intervals().stream()
            .filter(interval -> interval.errors() > 0)
            .map(interval -> new Chart.Dot(interval.at(), 0, count(interval.errors()) + " errors"))
            .toList();
    Chart chart = new Chart("Requests per second", time(), Axis.fromZero(most, HtmlReport::count));
    for (Latency latency : report.latencies()) {
      boolean gets = latency.operation().equals("GET");
      chart.line(
          latency.operation(),
          latency.operation().toLowerCase(Locale.ROOT),
          true,
          dots(interval -> rate(interval, gets ? interval.gets() : interval.sets()), true));
    }
    return chart.marks(marks).html();
  }

  private static double rate(Interval interval, long requests) {
    return requests / Math.max(interval.seconds(), 1e-9);
  }

  /** One dot for each interval in which there was something to measure. */
  private List<Chart.Dot> dots(ToDoubleFunction<Interval> value, boolean rates) {
    List<Chart.Dot> dots = new ArrayList<>();
    for (Interval interval : intervals) {
      if (rates || interval.gets() + interval.sets() > 0) {
        double figure = value.applyAsDouble(interval);
        String hint = (rates ? count(figure) + "/s" : time(figure)) + " at ";
        if (dots.isEmpty()) {
          double from = interval.at() - interval.seconds();
          dots.add(new Chart.Dot(from, figure, hint + Axis.plain(Axis.three(from)) + " s"));
        }
        dots.add(
            new Chart.Dot(
                interval.at(), figure, hint + Axis.plain(Axis.three(interval.at())) + " s"));
      }
    }
    return dots;
  }

  private String latencyOverTime() {
    List<Interval> busy =
        intervals.stream().filter(interval -> interval.gets() + interval.sets() > 0).toList();
    double least = busy.stream().mapToDouble(Interval::p50Micros).min().orElse(1);
    double most = busy.stream().mapToDouble(Interval::maxMicros).max().orElse(1);
    return new Chart("Response times over time", time(), Axis.times(least, most))
        .line("max", "max", false, dots(Interval::maxMicros, false))
        .line("p99", "p99", false, dots(Interval::p99Micros, false))
        .line("p50", "p50", false, dots(Interval::p50Micros, false))
        .html();
  }

  private String errors() {
    StringBuilder html = new StringBuilder();
    if (report.errors().isEmpty()) {
      html.append("<p>None.</p>\n");
    } else {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("kind", "count", "the first"));
      for (ErrorCount error : report.errors()) {
        rows.add(List.of(error.kind(), count(error.count()), error.example()));
      }
      html.append(Html.table(true, rows));
    }
    Report.Verification found = report.verification();
    html.append("<p>").append(count(found.valuesChecked())).append(" values were checked, ");
    html.append(count(found.keysReadAtEnd())).append(" of them after the run: ");
    html.append(count(found.wrong())).append(" wrong, ").append(count(found.lost()));
    html.append(" lost.");
    if (found.unknownApplied() > 0) {
      html.append(' ').append(count(found.unknownApplied()));
      html.append(" showed a write whose outcome had been unknown, as they may.");
    }
    return html.append("</p>\n").toString();
  }

  private String parameters() {
    Report.Parameters asked = report.parameters();
    Report.Throughput throughput = report.throughput();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("parameter", "value"));
    rows.add(List.of("load", Words.load(asked)));
    rows.add(List.of("keys", Words.keys(asked)));
    rows.add(
        List.of(
            "written before",
            String.format(
                Locale.ROOT,
                "in %.1f s, %,.0f keys a second",
                report.load().seconds(),
                report.load().keysPerSecond())));
    rows.add(
        List.of(
            "throughput in a second",
            count(throughput.minPerSecond()) + " to " + count(throughput.maxPerSecond())));
    rows.add(
        List.of(
            "bytes",
            Words.bytes(throughput.bytesSent())
                + " sent, "
                + Words.bytes(throughput.bytesReceived())
                + " received"));
    if (asked.rate() != null) {
      rows.add(List.of("due, but not sent", count(throughput.behindSchedule())));
    }
    rows.add(List.of("reconnects", count(report.connections().reconnects())));
    rows.add(List.of("time to answer", Axis.plain(asked.timeoutSeconds()) + " s at most"));
    rows.add(List.of("threads", Integer.toString(asked.threads())));
    rows.add(List.of("seed", Long.toString(asked.seed())));
    return Html.table(true, rows);
  }
}
