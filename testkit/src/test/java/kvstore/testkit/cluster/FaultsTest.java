package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvstore.protocol.Reply;
import kvstore.testkit.history.Audit;
import kvstore.testkit.history.Register;
import kvstore.testkit.history.Writers;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes under load, some of which are killed or silenced. After each test every write that
 * was ever acknowledged must be there, through every node.
 */
class FaultsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int WRITERS = 4;

  @TempDir static Path folder;
  private static ProcessCluster cluster;
  private static final Map<String, String> EVERYTHING = new HashMap<>();
  private static int run;
  private Writers writers;

  @BeforeAll
  static void start() throws IOException {
    cluster = ProcessCluster.start(3, folder, "--request-deadline", "2s");
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void startWriting() throws IOException {
    cluster.startAll();
    writers = new Writers(cluster.addresses(), "run" + run++ + ":").start(WRITERS);
    awaitMoreWrites(100);
  }

  @AfterEach
  void nothingIsLost() throws Exception {
    writers.stop();
    EVERYTHING.putAll(writers.journal());
    cluster.startAll();
    for (Node node : cluster.nodes()) {
      try (RespClient client = node.connect()) {
        assertThat(Audit.differences(client, EVERYTHING)).as(cluster.tails()).isEmpty();
      }
    }
    for (Node node : cluster.nodes()) {
      awaitItsOwnCopy(node);
    }
  }

  @Test
  void aKilledLeaderIsReplacedSoon(TestReporter reporter) throws Exception {
    List<Duration> gaps = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Node leader = cluster.leader();
      long killed = System.nanoTime();
      leader.kill();
      await().atMost(PATIENCE).until(() -> writers.untilNextAfter(killed) != null);
      gaps.add(writers.untilNextAfter(killed));
      leader.launch();
      leader.awaitData();
      awaitMoreWrites(100);
    }
    gaps.sort(null);
    reporter.publishEntry("from kill -9 of the leader to the next write", gaps.toString());
    System.out.println("from kill -9 of the leader to the next acknowledged write: " + gaps);
    assertThat(gaps.get(gaps.size() / 2)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void aKilledFollowerIsHardlyNoticed() throws Exception {
    Node follower = cluster.followers().get(0);
    follower.kill();
    awaitMoreWrites(300);
    follower.launch();
    follower.awaitData();
    awaitMoreWrites(100);
  }

  @Test
  void allKilledAtOnceComeBackWithEverything() throws Exception {
    for (int i = 0; i < 2; i++) {
      for (Node node : cluster.nodes()) {
        node.child().killWithoutWaiting();
      }
      for (Node node : cluster.nodes()) {
        node.kill();
      }
      cluster.startAll();
      awaitMoreWrites(100);
    }
  }

  @Test
  void aMinorityRefuses() throws Exception {
    Node last = cluster.followers().get(0);
    for (Node node : cluster.nodes()) {
      if (node != last) {
        node.kill();
      }
    }
    try (RespClient client = last.connect()) {
      await().atMost(PATIENCE).until(() -> client.call("SET", "m", "1") instanceof Reply.Failure);
      assertThat(client.call("SET", "m", "2")).isInstanceOf(Reply.Failure.class);
      assertThat(client.call("GET", "m")).isInstanceOf(Reply.Failure.class);
      assertThat(client.call("PING")).isEqualTo(new Reply.Simple("PONG"));
    }
    cluster.startAll();
    awaitMoreWrites(100);
  }

  @Test
  void aSilencedLeaderAnswersNothingOldWhenItWakes() throws Exception {
    try (Register register = new Register(cluster.addresses())) {
      register.start(3);
      for (int i = 0; i < 2; i++) {
        await().atMost(PATIENCE).until(() -> register.reads() > 100);
        Node leader = cluster.leader();
        leader.child().pause();
        try {
          await()
              .atMost(PATIENCE)
              .until(() -> cluster.nodes().stream().anyMatch(n -> n != leader && n.leads()));
          awaitMoreWrites(50);
        } finally {
          leader.child().resume();
        }
        long before = register.reads();
        await().atMost(PATIENCE).until(() -> register.reads() > before + 300);
      }
      register.stop();
      assertThat(register.stale()).isEmpty();
    }
  }

  private void awaitMoreWrites(int count) {
    int before = writers.journal().size();
    await().atMost(PATIENCE).until(() -> writers.journal().size() >= before + count);
  }

  /** What a follower holds itself comes to the same, a little later. */
  private static void awaitItsOwnCopy(Node node) throws IOException {
    try (RespClient client = node.connect()) {
      client.call("READONLY");
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(Audit.differences(client, EVERYTHING)).isEmpty());
    }
  }
}
