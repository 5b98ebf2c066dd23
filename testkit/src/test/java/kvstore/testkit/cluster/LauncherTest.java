package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code ./kv_store} in a fresh copy of the sources, as whoever has cloned them meets it. */
class LauncherTest {

  private static final String FIRST_WORDS =
      "PUT username john_doe\nGET username\nREMOVE username\nGET username\n";
  private static final int PATIENCE_SECONDS = 240; // the first start builds

  @TempDir static Path clone;
  @TempDir Path folder;

  private record Result(int exit, String out, String err) {}

  @BeforeAll
  static void copySourcesAndBuild() throws IOException {
    Path root = Path.of("..").toRealPath();
    assumeTrue(Files.isExecutable(root.resolve("kv_store")), "the sources are not around");
    for (String file : List.of("kv_store", "pom.xml", ".mvn", "testkit/pom.xml")) {
      copy(root.resolve(file), clone.resolve(file));
    }
    for (String module : List.of("protocol", "engine", "replication", "server", "tools")) {
      copy(root.resolve(module).resolve("pom.xml"), clone.resolve(module).resolve("pom.xml"));
      copy(root.resolve(module).resolve("src/main"), clone.resolve(module).resolve("src/main"));
    }
    Result built = run(clone, newest(), "", "--version");
    assertThat(built.exit()).as(built.err()).isZero();
  }

  @ParameterizedTest
  @MethodSource("javaHomes")
  void aPipeIsAnsweredWithRepliesAndNothingElse(Path javaHome) throws IOException {
    String port = "" + FreePorts.nextWithDerived(1);
    Result first = run(folder, javaHome, FIRST_WORDS + "PUT kept yes\n", "--port", port);
    assertThat(first.out()).as(first.err()).isEqualTo("OK\njohn_doe\nOK\n(nil)\nOK\n");
    assertThat(first.exit()).isZero();
    Result second = run(folder, javaHome, "GET kept\n", "--port", port);
    assertThat(second.out()).as(second.err()).isEqualTo("yes\n");
    assertThat(second.err()).isEmpty();
  }

  @Test
  void threeNodesAreTriedOutTheSameWay() throws IOException {
    String port = "" + FreePorts.nextWithDerived(3);
    Result result = run(folder, newest(), FIRST_WORDS, "--nodes", "3", "--port", port);
    assertThat(result.out()).as(result.err()).isEqualTo("OK\njohn_doe\nOK\n(nil)\n");
    assertThat(result.exit()).isZero();
  }

  @Test
  void itWorksThroughASymlinkFromAnyFolder() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("kv"), clone.resolve("kv_store"));
    Result result = run(link, folder, newest(), "", "--version");
    assertThat(result.out()).startsWith("kv_store ");
    assertThat(result.exit()).isZero();
  }

  @Test
  void aServerIsJavaItselfAndStopsCleanlyOnSigterm() throws Exception {
    int port = FreePorts.nextWithDerived(1);
    List<String> command =
        List.of(clone.resolve("kv_store").toString(), "server", "--port", "" + port);
    try (Child child = Child.start(command, folder, folder.resolve("node.log"))) {
      Readiness.awaitData(new InetSocketAddress("127.0.0.1", port), child);
      assertThat(ProcessHandle.of(child.pid()).orElseThrow().info().command().orElse(""))
          .endsWith("/java");
      Path environment = Path.of("/proc/" + child.pid() + "/environ");
      String areas = System.getenv().getOrDefault("MALLOC_ARENA_MAX", "2");
      if (Files.exists(environment)) { // elsewhere than on Linux there is no such malloc
        assertThat(Files.readString(environment).split("\0")).contains("MALLOC_ARENA_MAX=" + areas);
      }
      assertThat(child.stop()).as(child.tail()).isZero();
    }
  }

  @Test
  void theShellSaysByItsExitCodeHowItWent() throws Exception {
    try (MemoryNode node = MemoryNode.start()) {
      String port = "" + node.address().getPort();
      assertThat(shell("-p", port, "SET", "n", "text"))
          .extracting(Result::exit, Result::out)
          .containsExactly(0, "OK\n");
      assertThat(shell("-p", port, "GET", "n").out()).isEqualTo("text\n");
      assertThat(shell("-p", port, "INCR", "n").exit()).isEqualTo(1);
      assertThat(shell("-p", "no-port", "GET", "n").exit()).isEqualTo(2);
    }
    assertThat(shell("-p", "" + FreePorts.next(), "GET", "n").exit()).isEqualTo(3);
  }

  private Result shell(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("shell"));
    all.addAll(Arrays.asList(arguments));
    return run(folder, newest(), "", all.toArray(String[]::new));
  }

  private static Result run(Path folder, Path javaHome, String input, String... arguments)
      throws IOException {
    return run(clone.resolve("kv_store"), folder, javaHome, input, arguments);
  }

  private static Result run(
      Path launcher, Path folder, Path javaHome, String input, String... arguments)
      throws IOException {
    Path in = Files.writeString(folder.resolve("in.txt"), input);
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("KV_JAVA_HOME", javaHome.toString());
    builder.redirectInput(in.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
    Process process = builder.start();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("kv_store did not end: " + Files.readString(err));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for kv_store", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private static Path newest() throws IOException {
    return javaHomes().reduce((first, second) -> second).orElseThrow();
  }

  /** Every JDK in the usual folder, and the one that runs this, which comes last. */
  static Stream<Path> javaHomes() throws IOException {
    Set<Path> homes = new LinkedHashSet<>();
    Path own = Path.of(System.getProperty("java.home")).toRealPath();
    Path usual = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(usual)) {
      try (Stream<Path> folders = Files.list(usual)) {
        for (Path home : folders.filter(LauncherTest::isJdk).sorted().toList()) {
          homes.add(home.toRealPath());
        }
      }
    }
    homes.remove(own);
    homes.add(own);
    return homes.stream();
  }

  private static boolean isJdk(Path home) {
    return Files.isExecutable(home.resolve("bin/javac"))
        && Files.isReadable(home.resolve("release"));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }
}
