package kvstore.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import kvstore.protocol.Reply;
import kvstore.testkit.cluster.Admin;
import kvstore.testkit.cluster.Node;
import kvstore.testkit.cluster.ProcessCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Cluster clients that are programs of their own, run by {@code testkit/clients/run}, while the
 * leader moves every second. What is not installed is skipped, and says so.
 */
class ClusterScriptsTest {

  private static final int COMMANDS = Integer.getInteger("kvstore.client.commands", 20_000);
  private static final int NOT_INSTALLED = 77;

  @TempDir static Path folder;
  private static MovingCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = MovingCluster.start(folder);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ioredis", "node-redis", "redis-cli"})
  void followsTheLeaderWithoutAnError(String client) throws Exception {
    cluster.during(client, () -> run(client, cluster.nodes()));
  }

  /** It wants at least two masters, and none that begins or ends to be one while it runs. */
  @Test
  void redisBenchmarkRunsOnceEachNodeLeads() throws Exception {
    try (ProcessCluster spread = ProcessCluster.start(3, folder.resolve("spread"))) {
      Node any = spread.nodes().get(0);
      try (Admin admin = new Admin(any)) {
        assertThat(admin.order("SET", "spread-min-bytes", "0")).isInstanceOf(Reply.Bulk.class);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> owners(any) == 3 && Admin.isSettled(admin.state()));
      }
      run("redis-benchmark", spread);
    }
  }

  private static long owners(Node asked) throws IOException {
    String nodes = new String(((Reply.Bulk) asked.call("CLUSTER", "NODES")).value());
    return nodes.lines().filter(line -> line.matches(".* connected \\d.*")).count();
  }

  private static long run(String client, ProcessCluster cluster)
      throws IOException, InterruptedException {
    String seeds =
        cluster.nodes().stream()
            .map(Node::clusterAddress)
            .map(InetSocketAddress::getPort)
            .map(port -> "127.0.0.1:" + port)
            .collect(Collectors.joining(","));
    Path output = folder.resolve(client + ".out");
    Process process =
        new ProcessBuilder(List.of("clients/run", client, "" + COMMANDS, seeds))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("%s ended", client).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String said = Files.readString(output);
    System.out.print(said);
    if (process.exitValue() == NOT_INSTALLED) {
      abort("SKIPPED: " + said);
    }
    assertThat(process.exitValue()).as(said).isZero();
    return COMMANDS;
  }
}
