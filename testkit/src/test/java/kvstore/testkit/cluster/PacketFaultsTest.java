package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Packets that are lost, come twice, late and out of order: three nodes and their clients, each in
 * a network namespace of its own that ends with it, and a switch between them ({@code packets.py}).
 * Needs root.
 */
class PacketFaultsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int NODES = 3;
  private static final int SECONDS = 15;
  private static final long SEED = 7;

  /** Waits for the interface that the test gives it, then becomes what follows. */
  private static final String IN_NAMESPACE =
      "ip link set lo up; until ip link show eth0 > /dev/null 2>&1; do sleep 0.05; done;"
          + " ip addr add 10.77.0.$1/24 dev eth0 && ip link set eth0 up && shift && exec \"$@\"";

  @TempDir Path folder;

  @Test
  void whatIsLostTwiceLateOrOutOfOrderCostsTimeOnly() throws Exception {
    assumeTrue(mayMakeNamespaces(), "needs root, iproute2, util-linux and python3");
    Process network = startSwitch();
    List<Child> children = new ArrayList<>();
    try (Writer orders = network.outputWriter(StandardCharsets.UTF_8);
        BufferedReader told =
            new BufferedReader(
                new InputStreamReader(network.getInputStream(), StandardCharsets.UTF_8))) {
      for (int i = 1; i <= NODES; i++) {
        children.add(inNamespace(network, i, node(i)));
      }
      Child work = inNamespace(network, NODES + 1, work());
      children.add(work);
      assertThat(told.readLine()).isEqualTo("ready");
      await().atMost(PATIENCE).until(() -> work.output().contains("begins") || !work.isAlive());
      String before = order(orders, told, "faults 0.05 0.05 0.3 40");
      await().atMost(PATIENCE).until(() -> !work.isAlive());
      String after = order(orders, told, "count");
      System.out.println(
          after + "; " + work.output().lines().skip(1).collect(Collectors.joining()));
      assertThat(work.awaitExit()).as(work.tail()).isZero();
      assertThat(before).contains(" lost=0 twice=0 late=0");
      assertThat(after).doesNotContain("lost=0").doesNotContain("twice=0").doesNotContain("late=0");
    } finally {
      for (Child child : children) {
        child.kill();
      }
      network.destroyForcibly().waitFor();
    }
  }

  private static String order(Writer orders, BufferedReader told, String line) throws IOException {
    orders.write(line + "\n");
    orders.flush();
    return told.readLine();
  }

  /** Whether there are the programs, the right, and what it takes of the kernel. */
  private static boolean mayMakeNamespaces() throws InterruptedException {
    String tried =
        "ip link add p1 type veth peer p2"
            + " && python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'";
    try {
      return new ProcessBuilder("unshare", "-n", "sh", "-c", tried).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // no such program
    }
  }

  private Process startSwitch() throws IOException {
    Path script = Files.createTempFile(folder, "packets", ".py");
    try (var source = PacketFaultsTest.class.getResourceAsStream("/packets.py")) {
      Files.write(script, source.readAllBytes());
    }
    Process network =
        new ProcessBuilder(
                "unshare", "-n", "python3", "-u", script.toString(), "" + SEED, "" + (NODES + 1))
            .redirectError(folder.resolve("switch").toFile())
            .start();
    awaitNamespace(network.pid());
    return network;
  }

  private static void awaitNamespace(long pid) {
    Path own = Path.of("/proc/self/ns/net");
    Path its = Path.of("/proc/" + pid + "/ns/net");
    await()
        .atMost(PATIENCE)
        .until(() -> !Files.readSymbolicLink(its).equals(Files.readSymbolicLink(own)));
  }

  private Child inNamespace(Process network, int number, List<String> command) throws Exception {
    List<String> all = new ArrayList<>(List.of("unshare", "-n", "sh", "-c", IN_NAMESPACE, "sh"));
    all.add("" + number);
    all.addAll(command);
    Child child = Child.start(all, folder, folder.resolve("log" + number));
    awaitNamespace(child.pid());
    String port = "p" + number;
    inSwitch(
        network,
        List.of(
            "ip", "link", "add", port, "type", "veth", "peer", "eth0", "netns", "" + child.pid()));
    inSwitch(network, List.of("ip", "link", "set", port, "up"));
    return child;
  }

  private static void inSwitch(Process network, List<String> command) throws Exception {
    List<String> all = new ArrayList<>(List.of("nsenter", "-t", "" + network.pid(), "-n"));
    all.addAll(command);
    Process done = new ProcessBuilder(all).redirectErrorStream(true).start();
    String said = new String(done.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(done.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(done.exitValue()).as(command + ": " + said).isZero();
  }

  private List<String> node(int number) {
    return ServerCommand.of(
        List.of(
            "--dir",
            folder.resolve("n" + number).toString(),
            "--node-id",
            "n" + number,
            "--host",
            "10.77.0." + number,
            "--insecure",
            "--initial-cluster",
            members("n%d=10.77.0.%d:7379")));
  }

  private static String members(String form) {
    return IntStream.rangeClosed(1, NODES)
        .mapToObj(i -> String.format(java.util.Locale.ROOT, form, i, i))
        .collect(Collectors.joining(","));
  }

  private static List<String> work() {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                PacketWork.class.getName(),
                "" + SECONDS,
                "" + SEED));
    for (int i = 1; i <= NODES; i++) {
      command.add("10.77.0." + i + ":7379");
    }
    return command;
  }
}
