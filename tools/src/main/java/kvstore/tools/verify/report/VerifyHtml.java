package kvstore.tools.verify.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import kvstore.tools.stress.report.Html;
import kvstore.tools.stress.report.HtmlReport;

/** The report as one page that needs nothing else. */
public final class VerifyHtml {

  private static final String STYLE =
      """
      .fault { --tone: var(--max); fill: var(--max); }
      .fault.after { --tone: var(--rule); fill: var(--max); fill-opacity: .28; }
      .legend .fault.after i { background: var(--max); opacity: .28; }
      .band { fill: var(--max); fill-opacity: .06; }
      pre { margin: 0 0 12px; overflow-x: auto; font: 13px/1.5 ui-monospace, monospace; }
      """;

  private final VerifyReport report;
  private final StringBuilder html = new StringBuilder();

  private VerifyHtml(VerifyReport report) {
    this.report = report;
  }

  public static String of(VerifyReport report) {
    return new VerifyHtml(report).page();
  }

  private String page() {
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.append("<title>kv_store verify</title>\n<style>\n").append(HtmlReport.style());
    html.append(STYLE).append("</style>\n</head>\n<body>\n<main>\n");
    html.append("<header><h1>kv_store verify</h1>\n<p>");
    html.append(Html.text(report.startedAt().replace('T', ' ').replace("Z", " UTC")));
    html.append(" · ").append(report.parameters().nodes()).append(" nodes · seed ");
    html.append(report.parameters().seed()).append("</p></header>\n");
    html.append("<p class=\"verdict ").append(report.passed() ? "passed" : "failed");
    html.append("\">").append(Html.text(report.verdict())).append("</p>\n");
    tiles();
    violations();
    section("Operations a second, and faults", new TimelineChart(report).html());
    section("Kinds of faults", Html.table(false, kinds()));
    section("Faults", Html.table(true, faults()));
    section("Promises", Html.table(true, promises()));
    section("Parameters", Html.table(true, parameters()));
    return html.append("</main>\n</body>\n</html>\n").toString();
  }

  private void section(String title, String content) {
    html.append("<section>\n<h2>").append(title).append("</h2>\n").append(content);
    html.append("</section>\n");
  }

  private void tiles() {
    html.append("<div class=\"tiles\">\n");
    tile("ok", count(report.totals().ok()));
    tile("failed for certain", count(report.totals().failed()));
    tile("outcome unknown", count(report.totals().unknown()));
    tile("faults", count(report.faults().size()));
    tile("up", percent(report.totals().availability()));
    List<Integer> recoveries = report.recoveries(true);
    if (!recoveries.isEmpty()) {
      tile("median recovery", VerifyText.seconds(recoveries.get(recoveries.size() / 2)));
      tile("longest recovery", VerifyText.seconds(recoveries.get(recoveries.size() - 1)));
    }
    html.append("</div>\n");
  }

  private void tile(String name, String figure) {
    html.append("<div><b>").append(Html.text(figure)).append("</b>");
    html.append(Html.text(name)).append("</div>\n");
  }

  private void violations() {
    if (report.verdicts().violations().isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder();
    for (List<String> violation : report.verdicts().violations()) {
      text.append("<pre>").append(lines(violation)).append("</pre>\n");
    }
    section("What no order explains", text.toString());
  }

  private List<List<String>> kinds() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "times", "up", "longest gap", "median recovery"));
    report.faults().stream()
        .map(FaultReport::kind)
        .distinct()
        .sorted()
        .forEach(kind -> {
          List<FaultReport> some =
              report.faults().stream().filter(fault -> fault.kind().equals(kind)).toList();
          List<Integer> recoveries =
              some.stream().map(FaultReport::recoveryMillis).sorted().toList();
          rows.add(
              List.of(
                  kind,
                  count(some.size()),
                  percent(some.stream().mapToDouble(FaultReport::availability).average().orElse(0)),
                  VerifyText.seconds(
                      some.stream().mapToInt(FaultReport::longestGapMillis).max().orElse(0)),
                  VerifyText.seconds(recoveries.get(recoveries.size() / 2))));
        });
    return rows;
  }

  private List<List<String>> faults() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("at", "what", "longest gap", "up", "all well after", "errors"));
    for (FaultReport fault : report.faults()) {
      rows.add(
          List.of(
              VerifyText.seconds(fault.beganAt()),
              fault.what() + (fault.finding() == null ? "" : ". " + fault.finding()),
              VerifyText.seconds(fault.longestGapMillis()),
              percent(fault.availability()),
              fault.wellAt() < 0 ? "never" : VerifyText.seconds(fault.wellAt() - fault.endedAt()),
              VerifyText.kinds(fault.errors())));
    }
    return rows;
  }

  private List<List<String>> promises() {
    VerifyReport.Verdicts verdicts = report.verdicts();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("promise", "kept", "how it was checked"));
    rows.add(
        List.of(
            "linearizable",
            verdicts.linearizable() && verdicts.undecided() == 0 ? "yes" : "no",
            count(report.totals().objects())
                + " histories, each against every order that the times of its operations allow"));
    rows.add(
        List.of(
            "durable",
            verdicts.durable() ? "yes" : "no",
            "every key was read again at the end, as part of its history"));
    rows.add(
        List.of(
            "converged",
            verdicts.converged() ? "yes" : "no",
            String.join("; ", verdicts.convergence())));
    return rows;
  }

  private List<List<String>> parameters() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("parameter", "value"));
    rows.add(List.of("nodes", count(report.parameters().nodes())));
    rows.add(List.of("clients", count(report.parameters().clients())));
    rows.add(List.of("operations a second, at most", count(report.parameters().rate())));
    rows.add(List.of("seconds", "%.0f".formatted(report.parameters().seconds())));
    rows.add(List.of("processors", count(report.parameters().processors())));
    rows.add(
        List.of(
            "load of the machine at the end",
            String.format(Locale.ROOT, "%.1f", report.parameters().load())));
    for (Map.Entry<String, Long> error : report.totals().errors().entrySet()) {
      rows.add(List.of("errors: " + error.getKey(), count(error.getValue())));
    }
    rows.add(List.of("again", report.command()));
    return rows;
  }

  private static String lines(List<String> lines) {
    return lines.stream().map(Html::text).collect(Collectors.joining("\n"));
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f\u00a0%%", share * 100);
  }
}
