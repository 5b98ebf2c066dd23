package kvstore.tools.verify.report;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report for a terminal. */
public final class VerifyText {

  private static final int MOST_VIOLATIONS = 3;
  private static final int MOST_LOAD = 4;

  private VerifyText() {}

  /** The line of one fault, printed when it is over. */
  public static String line(FaultReport fault) {
    return String.format(
        Locale.ROOT,
        "%7.1f s  %-58s gap %5s  up %3.0f %%  %s  %s",
        fault.beganAt() / 1e3,
        fault.what(),
        seconds(fault.longestGapMillis()),
        fault.availability() * 100,
        fault.wellAt() < 0
            ? "NOT WELL AGAIN"
            : "well after " + seconds(fault.wellAt() - fault.endedAt()),
        kinds(fault.errors()));
  }

  /** The summary. */
  public static void print(VerifyReport report, PrintWriter out) {
    VerifyReport.Totals totals = report.totals();
    VerifyReport.Verdicts verdicts = report.verdicts();
    out.println();
    out.printf(
        Locale.ROOT,
        "Operations:   %,d ok, %,d failed for certain, %,d of unknown outcome%n",
        totals.ok(),
        totals.failed(),
        totals.unknown());
    if (!totals.errors().isEmpty()) {
      out.println("Errors:       " + kinds(totals.errors()));
    }
    out.printf(
        Locale.ROOT,
        "Faults:       %d in %.0f s; operations succeeded in %.1f %% of the time%n",
        report.faults().size(),
        report.parameters().seconds(),
        totals.availability() * 100);
    for (String line : byKind(report.faults())) {
      out.println("              " + line);
    }
    recovery(out, "with a majority left, until writes or reads went on", report.recoveries(true));
    recovery(out, "without one, from its return until they went on", report.recoveries(false));
    out.printf(
        Locale.ROOT,
        "Checked:      %,d objects in %.1f s%n",
        totals.objects(),
        totals.checkSeconds());
    out.printf(
        Locale.ROOT,
        "Machine:      %d processors, load %.1f at the end%s%n",
        report.parameters().processors(),
        report.parameters().load(),
        report.parameters().load() > MOST_LOAD * report.parameters().processors()
            ? " (too busy for its times to mean much: nodes that get no processor elect again)"
            : "");
    out.println("Linearizable: " + yes(verdicts.linearizable() && verdicts.undecided() == 0));
    out.println("Durable:      " + yes(verdicts.durable()));
    out.println("Converged:    " + yes(verdicts.converged()));
    verdicts.convergence().forEach(line -> out.println("              " + line));
    for (List<String> violation :
        verdicts.violations().subList(0, Math.min(MOST_VIOLATIONS, verdicts.violations().size()))) {
      out.println();
      violation.forEach(out::println);
    }
    if (verdicts.violations().size() > MOST_VIOLATIONS) {
      out.printf("%n… and %d more%n", verdicts.violations().size() - MOST_VIOLATIONS);
    }
    out.println();
    out.println(report.verdict());
    out.println("Again:        " + report.command());
  }

  private static void recovery(PrintWriter out, String what, List<Integer> sorted) {
    if (!sorted.isEmpty()) {
      out.printf(
          "Recovery:     median %s, max %s (%d faults) %s%n",
          seconds(sorted.get(sorted.size() / 2)),
          seconds(sorted.get(sorted.size() - 1)),
          sorted.size(),
          what);
    }
  }

  /** A line for each kind of fault that happened. */
  static List<String> byKind(List<FaultReport> faults) {
    return faults.stream()
        .map(FaultReport::kind)
        .distinct()
        .sorted()
        .map(kind -> {
          List<FaultReport> some = faults.stream().filter(f -> f.kind().equals(kind)).toList();
          return String.format(
              Locale.ROOT,
              "%-14s %3d times   up %5.1f %%   longest gap %s",
              kind,
              some.size(),
              some.stream().mapToDouble(FaultReport::availability).average().orElse(0) * 100,
              seconds(some.stream().mapToInt(FaultReport::longestGapMillis).max().orElse(0)));
        })
        .toList();
  }

  static String kinds(Map<String, Long> errors) {
    return errors.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  static String seconds(int millis) {
    return String.format(Locale.ROOT, "%.2f s", millis / 1e3);
  }

  private static String yes(boolean good) {
    return good ? "yes" : "NO";
  }
}
