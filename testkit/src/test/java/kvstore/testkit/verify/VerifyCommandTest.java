package kvstore.testkit.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import kvstore.tools.verify.VerifyCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command as a user runs it, with nodes of their own processes. */
class VerifyCommandTest {

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();

  private int verify(String... arguments) {
    PrintWriter writer = new PrintWriter(out, true);
    return new CommandLine(new VerifyCommand()).setOut(writer).setErr(writer).execute(arguments);
  }

  @Test
  void aClusterKeepsItsPromisesWhileNodesDieFallSilentAndAreCutOff() throws Exception {
    Path json = folder.resolve("verify.json");
    Path html = folder.resolve("verify.html");
    int code =
        verify(
            "--nodes",
            "3",
            "--duration",
            "10s",
            "--faults",
            "kill,isolate,pause",
            "--rate",
            "400",
            "--dir",
            folder.resolve("data").toString(),
            "--json",
            json.toString(),
            "--html",
            html.toString());
    assertThat(out.toString()).contains("PASSED: linearizable, durable, converged");
    assertThat(code).isZero();
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.get("passed").asBoolean()).isTrue();
    assertThat(report.get("totals").get("ok").asLong()).isGreaterThan(200);
    assertThat(report.get("faults").size()).isPositive();
    assertThat(Files.readString(html)).contains("<svg", "PASSED", "--seed");
  }

  /** One kind at a time: with several, chance says which of them a short run comes to. */
  @ParameterizedTest
  @CsvSource({"disk-full, disk of", "disk-error, on the disk of", "split, split 1"})
  void aClusterKeepsItsPromisesWhileDisksRefuseAndShardsSplit(String fault, String said) {
    int code = verify("--duration", "4s", "--faults", fault, "--rate", "300");
    assertThat(out.toString()).contains("PASSED").contains(said);
    assertThat(code).isZero();
  }

  /** It would have forgotten what it acknowledged and whom it voted for. */
  @Test
  void aNodeWithAnEmptiedDirectoryIsKeptOut() {
    int code = verify("--duration", "4s", "--faults", "wipe", "--rate", "300");
    assertThat(out.toString()).contains("its directory emptied: it is kept out").contains("PASSED");
    assertThat(code).isZero();
  }

  @Test
  void aWordThatIsNoFaultIsRefused() {
    assertThat(verify("--faults", "kill,earthquake")).isEqualTo(2);
    assertThat(out.toString()).contains("earthquake").contains("kill-majority");
  }

  @Test
  void moreThanCanBeRememberedIsRefused() {
    assertThat(verify("--duration", "10h", "--rate", "10000")).isEqualTo(2);
  }
}
