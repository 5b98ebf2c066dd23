package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.testkit.history.Pipeliners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands of one connection take effect in the order in which they were sent, whatever becomes of
 * leaders and shards meanwhile.
 */
class PipelineOrderTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOVES = Integer.getInteger("order.moves", 10);
  private static final int STARTS = Integer.getInteger("order.starts", 3);
  private static final int SPLITS = Integer.getInteger("order.splits", 4);

  @TempDir private Path folder;

  @Test
  void itHoldsThroughStartsMovesOfLeadersAndSplits() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder);
        Pipeliners clients = new Pipeliners(cluster.addresses()).start(2)) {
      for (int i = 0; i < STARTS; i++) {
        progress(clients);
        for (Node node : cluster.nodes()) {
          node.kill();
        }
        cluster.startAll();
      }
      for (int i = 0; i < MOVES; i++) {
        moveALeader(cluster, i);
        progress(clients);
      }
      assertThat(clients.violations()).as(cluster.tails()).isEmpty();
      for (int i = 0; i < SPLITS; i++) {
        split(cluster);
        moveALeader(cluster, i);
        progress(clients);
      }
      clients.stop();
      assertThat(clients.violations()).as(cluster.tails()).isEmpty();
    }
  }

  private static void progress(Pipeliners clients) {
    long before = clients.checked();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> clients.checked() > before + 300 || !clients.violations().isEmpty());
  }

  private static JsonNode shard(Admin admin, int turn) throws IOException {
    List<JsonNode> shards = new ArrayList<>();
    admin.state().path("shards").forEach(shards::add);
    return shards.isEmpty() ? null : shards.get(turn % shards.size());
  }

  private static void moveALeader(ProcessCluster cluster, int turn) throws IOException {
    Node to = cluster.nodes().get(turn % cluster.nodes().size());
    try (Admin admin = new Admin(cluster.nodes().get(0))) {
      JsonNode shard = shard(admin, turn);
      if (shard != null && !shard.path("leader").asText().equals(to.id())) {
        admin.order("TRANSFER", shard.path("number").asText(), to.id());
      }
    }
  }

  private static void split(ProcessCluster cluster) throws IOException {
    try (Admin admin = new Admin(cluster.nodes().get(1))) {
      await().atMost(PATIENCE).until(() -> Admin.isSettled(admin.state()));
      int before = admin.state().path("shards").size();
      Reply answer = admin.order("SPLIT", "1");
      assertThat(answer).isInstanceOf(Reply.Bulk.class);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> admin.state().path("shards").size() > before);
    }
  }
}
