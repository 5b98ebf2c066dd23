package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of three nodes, each a process of its own. */
class ThreeNodesTest extends ServingContract {

  @TempDir static Path folder;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    List<String> options = new ArrayList<>(List.of(OPTIONS));
    options.addAll(List.of("--election-timeout", "3s")); // no needless election on a busy machine
    cluster = ProcessCluster.start(3, folder, options.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Override
  List<InetSocketAddress> addresses() {
    return cluster.addresses();
  }

  @Test
  void whatIsWrittenThroughOneNodeIsReadThroughEveryOther() throws IOException {
    for (Node writer : cluster.nodes()) {
      assertThat(writer.call("SET", "from", writer.id())).isEqualTo(Reply.OK);
      for (Node reader : cluster.nodes()) {
        try (RespClient client = reader.connect()) {
          assertThat(client.ask("GET", "from")).isEqualTo(writer.id());
        }
      }
    }
  }

  @Test
  void exactlyOneNodeLeads() {
    cluster.leader();
    assertThat(cluster.nodes().stream().filter(Node::leads)).hasSize(1);
  }

  @Test
  void aReadonlyConnectionIsAnsweredByAFollowerBeforeLong() throws IOException {
    Node follower = cluster.followers().get(0);
    try (RespClient client = follower.connect()) {
      assertThat(client.call("READONLY")).isEqualTo(Reply.OK);
      assertThat(cluster.leader().call("SET", "stale", "fresh")).isEqualTo(Reply.OK);
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(client.ask("GET", "stale")).isEqualTo("fresh"));
    }
  }
}
