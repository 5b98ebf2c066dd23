package kvstore.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tools as their users run them: a process with an exit code, standard input and output. */
@Timeout(60)
class ShellProcessTest {

  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  @TempDir private Path folder;
  private FakeNode node;

  record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void startNode() throws IOException {
    node = new FakeNode(0);
  }

  @AfterEach
  void stopNode() throws IOException {
    node.close();
  }

  @Test
  void scriptPrintsRepliesAndNothingElse() throws Exception {
    Result result = shell("PUT username john_doe\nGET username\n\nREMOVE username\r\nGET username");
    assertThat(result).isEqualTo(new Result(0, "OK\njohn_doe\nOK\n(nil)\n", ""));
  }

  @Test
  void errorsInAScriptAreReplies() throws Exception {
    Result result = shell("NOSUCH a\nPUT k \"open\nGET k\nquit\nGET k\n");
    assertThat(result.out())
        .isEqualTo(
            "(error) ERR unknown command 'NOSUCH'\n"
                + "(error) ERR unbalanced quotes in request\n(nil)\n");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void anyBytesCanBeQuoted() throws Exception {
    assertThat(shell("PUT 'a key' \"\\x00\\x41\\n\"\nGET 'a key'\n").out())
        .isEqualTo("OK\n\0A\n\n");
    assertThat(shell("GET 'a key'\n", "--json").out()).isEqualTo("\"\\u0000A\\n\"\n");
  }

  @Test
  void exitCodesOfOneCommandTellWhatHappened() throws Exception {
    assertThat(shell("", "PUT", "k", "--v")).isEqualTo(new Result(0, "OK\n", ""));
    assertThat(shell("", "GET", "k").out()).isEqualTo("--v\n");
    assertThat(shell("", "NOSUCH").exitCode()).isEqualTo(ExitCode.ERROR_REPLY);
    assertThat(run("", "shell", "--nosuch").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run("", "nosuch").exitCode()).isEqualTo(ExitCode.USAGE);
    Endpoint endpoint = node.endpoint();
    node.close();
    Result result = run("", "shell", "-p", Integer.toString(endpoint.port()), "GET", "k");
    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(result.err()).startsWith("kv_store: no server answers at " + endpoint);
  }

  @Test
  void lastArgumentCanComeFromInput() throws Exception {
    assertThat(shell("two\nlines", "-x", "PUT", "k").out()).isEqualTo("OK\n");
    assertThat(shell("", "GET", "k").out()).isEqualTo("two\nlines\n");
  }

  @Test
  void aScriptSaysWhichCommandsHadNoReply() throws Exception {
    Result result = shell("PUT a b\nDIE\nPUT c d\n");
    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(result.out()).isEqualTo("OK\n");
    assertThat(result.err()).contains("commands without a reply: 2");
  }

  @Test
  void nodesOfOurOwnAreStartedAskedAndStopped() throws Exception {
    Result result = local("PUT a 1\nGET a\n", "--port", Integer.toString(freePort()));
    assertThat(result).isEqualTo(new Result(0, "OK\n1\n", ""));
    assertThat(Files.readString(folder.resolve("data/log/n1.log"))).contains("listening on");
  }

  @Test
  void aNodeThatDoesNotStartIsExplained() throws Exception {
    List<String> words = words("kvstore.tools.Main", "kvstore.tools.FakeNode\n--fail");
    words.addAll(List.of("--dir", folder.toString(), "--port", Integer.toString(freePort())));
    Result result = finish(start(words), "GET a\n");
    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("exit code 2").contains("option dir: cannot use it");
  }

  @Test
  void aSignalStopsTheNodesAndIsACleanEnd() throws Exception {
    Process process = startLocal("--port", Integer.toString(freePort()));
    ProcessHandle child = awaitChild(process);
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void nodesDoNotOutliveATerminalThatWasKilled() throws Exception {
    Process process = startLocal("--port", Integer.toString(freePort()));
    ProcessHandle child = awaitChild(process);
    process.destroyForcibly().waitFor();
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !child.isAlive());
  }

  @Test
  void helpAndVersionNeedNoServer() throws Exception {
    assertThat(run("", "--help").out()).contains("shell", "--nodes").doesNotContain("warm-up");
    assertThat(run("", "--version").out()).startsWith("kv_store ");
    assertThat(run("", "shell", "--help").exitCode()).isZero();
  }

  private static ProcessHandle awaitChild(Process process) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> process.children().findAny(), java.util.Optional::isPresent)
        .orElseThrow();
  }

  private Result shell(String input, String... arguments) throws Exception {
    List<String> all =
        new ArrayList<>(List.of("shell", "-p", Integer.toString(node.endpoint().port())));
    all.addAll(List.of(arguments));
    return run(input, all.toArray(String[]::new));
  }

  private static Result run(String input, String... arguments) throws Exception {
    List<String> words = words("kvstore.tools.Main", "none");
    words.addAll(List.of(arguments));
    return finish(start(words), input);
  }

  private Result local(String input, String... arguments) throws Exception {
    return finish(startLocal(arguments), input);
  }

  private Process startLocal(String... arguments) throws IOException {
    List<String> words = words("kvstore.tools.Main", "kvstore.tools.FakeNode");
    words.addAll(List.of("--dir", folder.resolve("data").toString()));
    words.addAll(List.of(arguments));
    return start(words);
  }

  /** The launcher's flags that keep newer versions of Java from remarks on our libraries. */
  private static List<String> quiet() {
    return Runtime.version().feature() < 23
        ? List.of()
        : List.of("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED");
  }

  private static List<String> words(String main, String nodeMain) {
    String classPath = System.getProperty("java.class.path");
    List<String> words = new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1"));
    words.addAll(quiet());
    words.addAll(
        List.of(
            "-Dkvstore.node.command=" + JAVA + "\n-cp\n" + classPath + "\n" + nodeMain,
            "-cp",
            classPath,
            main));
    return words;
  }

  private static Process start(List<String> words) throws IOException {
    return new ProcessBuilder(words).start();
  }

  private static Result finish(Process process, String input) throws Exception {
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // it did not care to read
    }
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Thread errors =
        new Thread(() -> {
          try {
            process.getErrorStream().transferTo(err);
          } catch (IOException e) {
            // ended
          }
        });
    errors.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    errors.join();
    return new Result(process.waitFor(), out, err.toString(StandardCharsets.UTF_8));
  }

  private static int freePort() throws IOException {
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
