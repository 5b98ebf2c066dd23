package kvstore.tools.verify.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VerifyReportTest {

  private static final VerifyReport.Verdicts GOOD =
      new VerifyReport.Verdicts(true, true, true, List.of(), 0, 0, List.of("shard 1"), List.of());

  private static FaultReport fault(int wellAt, @Nullable String finding) {
    return new FaultReport(
        "kill",
        "kill n1",
        true,
        1_000,
        2_000,
        wellAt,
        400,
        400,
        0.9,
        Map.of("UNKNOWN", 2L),
        finding);
  }

  private static VerifyReport report(long ok, VerifyReport.Verdicts verdicts, FaultReport fault) {
    return new VerifyReport(
        "2026-11-23T08:00:00Z",
        "./kv_store verify --seed 1",
        new VerifyReport.Parameters(3, 12, 60, 1_000, 1, 2, 1.5),
        new VerifyReport.Totals(ok, 1, 2, Map.of("UNKNOWN", 2L), 7, 0.9, 0.1),
        verdicts,
        List.of(fault),
        List.of(new VerifyReport.Slice(5, 1, 0), new VerifyReport.Slice(0, 0, 2)));
  }

  private static void fails(VerifyReport report, String why) {
    assertThat(report.passed()).isFalse();
    assertThat(report.verdict()).startsWith("FAILED").contains(why);
    StringWriter text = new StringWriter();
    VerifyText.print(report, new PrintWriter(text, true));
    assertThat(text.toString()).contains(why).contains("--seed 1");
    assertThat(VerifyHtml.of(report)).contains("verdict failed").contains(why);
  }

  @Test
  void allPromisesKeptIsAPass() {
    VerifyReport report = report(10, GOOD, fault(2_500, null));
    assertThat(report.passed()).isTrue();
    assertThat(VerifyHtml.of(report)).contains("verdict passed", "<svg", "kill n1");
    assertThat(VerifyJson.of(report)).contains("\"passed\" : true");
  }

  @Test
  void everyBrokenPromiseIsAFailure() {
    FaultReport fine = fault(2_500, null);
    List<List<String>> shown = List.of(List.of("not linearizable: <k>"));
    fails(
        report(
            10,
            new VerifyReport.Verdicts(false, true, true, shown, 0, 0, List.of(), List.of()),
            fine),
        "not linearizable");
    fails(
        report(
            10,
            new VerifyReport.Verdicts(true, false, true, List.of(), 0, 1, List.of(), List.of()),
            fine),
        "lost or unreadable");
    fails(
        report(
            10,
            new VerifyReport.Verdicts(true, true, false, List.of(), 0, 0, List.of(), List.of()),
            fine),
        "replicas differ");
    fails(
        report(
            10,
            new VerifyReport.Verdicts(true, true, true, List.of(), 2, 0, List.of(), List.of()),
            fine),
        "not decided");
    fails(
        report(
            10,
            new VerifyReport.Verdicts(
                true, true, true, List.of(), 0, 0, List.of(), List.of("n2 has stopped")),
            fine),
        "n2 has stopped");
  }

  @Test
  void noRecoveryAndNoSuccessAreFailures() {
    fails(report(10, GOOD, fault(-1, null)), "no recovery from: kill n1");
    fails(report(10, GOOD, fault(2_500, "n1 was let in")), "n1 was let in");
    fails(report(0, GOOD, fault(2_500, null)), "no operation succeeded");
  }

  @Test
  void aPageShowsTextAsText() {
    List<List<String>> shown = List.of(List.of("GET <k> -> \"v\""));
    VerifyReport report =
        report(
            10,
            new VerifyReport.Verdicts(false, true, true, shown, 0, 0, List.of(), List.of()),
            fault(2_500, null));
    assertThat(VerifyHtml.of(report)).contains("GET &lt;k&gt;").doesNotContain("<k>");
  }
}
