package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import kvstore.protocol.Reply;
import kvstore.testkit.history.Audit;
import kvstore.testkit.history.Writers;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that grows and shrinks under load, node by node, with real processes. */
class GrowTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path folder;
  private final List<Node> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(Node::close);
  }

  @Test
  void oneNodeGrowsToFourAndLosesTwoWithoutLosingAWrite() throws Exception {
    Node first = add(Node.alone(folder));
    first.start();
    first.awaitData();
    try (Admin admin = new Admin(first)) { // so that it splits as well, small as it is
      assertThat(admin.order("SET", "spread-min-bytes", "0")).isInstanceOf(Reply.Bulk.class);
    }
    try (Writers writers = new Writers(List.of(first.address()), "grow:").start(3)) {
      add(Node.joining("n2", folder, first)).start();
      settle(first, state -> Admin.voters(state, 1).size() == 1 && known(state) == 2);
      add(Node.joining("n3", folder, first)).start();
      settle(first, state -> Admin.voters(state, 1).size() == 3);
      add(Node.joining("n4", folder, first)).start();
      settle(first, state -> known(state) == 4);
      try (Admin admin = new Admin(first)) {
        assertThat(admin.order("DECOMMISSION", "n2")).isInstanceOf(Reply.Bulk.class);
      }
      settle(first, state -> Admin.status(state, "n2").equals("out"));
      nodes.get(1).stop();
      nodes.get(2).kill();
      long killed = System.nanoTime();
      await().atMost(PATIENCE).until(() -> writers.untilNextAfter(killed) != null);
      writers.stop();
      for (Node node : List.of(first, nodes.get(3))) {
        try (RespClient client = node.connect()) {
          assertThat(Audit.differences(client, writers.journal())).as(tails()).isEmpty();
        }
      }
      assertThat(writers.journal()).hasSizeGreaterThan(100);
    }
  }

  /** What followers that catch up are sent is held in the leader's heap, 256 MB in tests. */
  @Test
  void twoNodesThatHaveALongLogToCatchUpWithAtOnceFitIntoTheLeadersHeap() throws Exception {
    Node first = add(Node.alone(folder, "--snapshot-log-size", "1g"));
    first.start();
    first.awaitData();
    String value = "x".repeat(1000);
    try (RespClient client = first.connect()) {
      for (int part = 0; part < 1_500; part++) {
        String[] words = new String[201];
        words[0] = "MSET";
        for (int i = 0; i < 100; i++) {
          words[2 * i + 1] = "{long}" + part + ":" + i;
          words[2 * i + 2] = value;
        }
        assertThat(client.ask(words)).isEqualTo("OK");
      }
    }
    add(Node.joining("n2", folder, first)).launch();
    add(Node.joining("n3", folder, first)).launch();

    settle(first, state -> Admin.voters(state, 1).size() == 3);
  }

  @Test
  void aNodeWithAnIdInUseIsRefusedWithAClearLine() throws Exception {
    Node first = add(Node.alone(folder));
    first.start();
    first.awaitData();
    Node second = add(Node.joining("n1", folder.resolve("second"), first));
    second.launch();

    await().atMost(PATIENCE).until(() -> !second.isUp());
    assertThat(second.child().tail()).contains("n1").contains("in use");
  }

  private Node add(Node node) {
    nodes.add(node);
    return node;
  }

  private static int known(JsonNode state) {
    int holding = 0;
    for (JsonNode node : state.path("nodes")) {
      holding += node.path("replicas").asInt() > 0 || state.path("nodes").size() > 3 ? 1 : 0;
    }
    return holding;
  }

  /** Waits until the cluster has settled as wanted, and stays so for a moment. */
  private void settle(Node asked, Predicate<JsonNode> wanted) throws IOException {
    try (Admin admin = new Admin(asked)) {
      try {
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(250))
            .until(() -> {
              JsonNode state = admin.state();
              return Admin.isSettled(state) && wanted.test(state);
            });
      } catch (org.awaitility.core.ConditionTimeoutException e) {
        throw new AssertionError(admin.state().toPrettyString() + tails(), e);
      }
    }
  }

  private String tails() {
    StringBuilder text = new StringBuilder();
    nodes.forEach(node -> text.append(node.child().tail()));
    return text.toString();
  }
}
