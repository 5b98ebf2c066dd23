package kvstore.tools.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kvstore.protocol.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class StressCommandTest {

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(FaultyServer server, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--target=" + server.endpoint(),
                "--clients=4",
                "--keys=40",
                "--requests=2000",
                "--value-size=24"));
    arguments.addAll(List.of(more));
    return line().execute(arguments.toArray(String[]::new));
  }

  private CommandLine line() {
    return new CommandLine(new StressCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err));
  }

  @Test
  void withoutErrorsItEndsWithZeroAndLeavesNothingBehind() throws Exception {
    try (FaultyServer server = FaultyServer.sound()) {
      assertThat(execute(server)).as("%s", err).isZero();
      assertThat(out.toString())
          .contains("GET", "SET", "p99.9", "Throughput", "Errors:         none", "PASSED");
      assertThat(server.values()).isEmpty();
      assertThat(execute(server, "--keep-keys")).isZero();
      assertThat(server.values()).hasSize(40);
    }
  }

  @Test
  void aLostValueEndsWithOne() throws Exception {
    try (FaultyServer server =
        new FaultyServer(
            (faulty, call) -> call.isGet() && call.number() == 100 ? Reply.NIL : null)) {
      assertThat(execute(server)).isEqualTo(1);
      assertThat(out.toString()).contains("lost value", "FAILED: 0 wrong and 1 lost value");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--clients=0",
        "--value-size=8",
        "--ratio=much",
        "--distribution=normal",
        "--duration=10",
        "--keys=3",
        "--rate=0",
        "--requests=-1",
        "--target=:1",
        "--json=/nowhere/at/all",
        "--nonsense"
      })
  void nonsenseOnTheCommandLineEndsWithTwo(String nonsense) throws Exception {
    try (FaultyServer server = FaultyServer.sound()) {
      assertThat(execute(server, nonsense)).isEqualTo(2);
      assertThat(err.toString()).isNotBlank();
    }
  }

  @Test
  void theJsonHasAllOfIt() throws Exception {
    Path json = folder.resolve("report.json");
    try (FaultyServer server = FaultyServer.sound()) {
      assertThat(execute(server, "--json=" + json, "--rate=20000")).as("%s", err).isZero();
    }
    JsonNode report = new ObjectMapper().readTree(Files.readString(json));
    assertThat(report.at("/format").asInt()).isEqualTo(1);
    assertThat(report.at("/passed").asBoolean()).isTrue();
    assertThat(report.at("/parameters/requests").asInt()).isEqualTo(2_000);
    assertThat(report.at("/parameters/rate").asDouble()).isEqualTo(20_000);
    assertThat(report.at("/parameters").has("durationSeconds")).isFalse();
    assertThat(report.at("/throughput/requests").asInt()).isEqualTo(2_000);
    assertThat(report.at("/latencies/0/operation").asText()).isEqualTo("GET");
    assertThat(report.at("/latencies/1/operation").asText()).isEqualTo("SET");
    for (String name : List.of("mean", "p50", "p90", "p99", "p999", "max")) {
      assertThat(report.at("/latencies/0/" + name).asDouble()).as(name).isPositive();
    }
    assertThat(report.at("/latencies/0/percentiles").size()).isGreaterThan(10);
    assertThat(report.at("/errors").isArray()).isTrue();
    assertThat(report.at("/intervals/0/gets").asInt()).isPositive();
    assertThat(report.at("/verification/lost").asInt()).isZero();
    assertThat(report.at("/verification/keysReadAtEnd").asInt()).isEqualTo(40);
  }

  @Test
  void thePageNeedsNothingElse() throws Exception {
    Path html = folder.resolve("report.html");
    try (FaultyServer server =
        new FaultyServer((faulty, call) ->
            call.isSet() && call.number() == 900
                ? new Reply.Failure("TRYAGAIN <not> applied & so on")
                : null)) {
      assertThat(execute(server, "--html=" + html)).isEqualTo(1);
    }
    String page = Files.readString(html);
    assertThat(page).startsWith("<!doctype html>").contains("<svg", "TRYAGAIN &lt;not&gt; applied");
    assertThat(page)
        .doesNotContainPattern(Pattern.compile("(?i)(src|href)=|url\\(|@import|https?:"));
    assertThat(page).doesNotContain("NaN", "Infinity", "null");
  }

  @Test
  void optionsAreReadAsPeopleWriteThem() {
    assertThat(OptionText.duration("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(OptionText.duration("2m")).isEqualTo(Duration.ofMinutes(2));
    assertThat(OptionText.bytes("4k")).isEqualTo(4_096);
    assertThat(OptionText.bytes("1MiB")).isEqualTo(1 << 20);
    assertThat(OptionText.share("3:1")).isEqualTo(0.75);
    assertThat(OptionText.share("0:1")).isZero();
    assertThat(OptionText.distribution("zipfian")).isEqualTo(Distribution.ZIPFIAN);
    assertThatThrownBy(() -> OptionText.share("0:0")).hasMessageContaining("reads:writes");
  }
}
