package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import kvstore.protocol.Reply;
import kvstore.testkit.history.Audit;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A follower that has missed so much that the log alone can not help it. */
class SnapshotTest {

  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final int KEYS = 2_000;
  private static final String VALUE = "0123456789abcdef".repeat(64);

  @TempDir Path folder;

  @Test
  void aFollowerThatMissedTooMuchComesBackByASnapshot() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder, "--snapshot-log-size", "1MiB")) {
      Node follower = cluster.followers().get(0);
      Node leader = cluster.leader();
      assertThat(leader.call("SET", "deleted", "1")).isEqualTo(Reply.OK);
      long before = applied(leader);
      follower.kill();
      Map<String, String> journal = new HashMap<>();
      for (int round = 0; round < 3; round++) {
        // the log is cut at the snapshot before the last
        long newest = Math.max(before, newestSnapshot(leader));
        journal.putAll(write(leader, "round-" + round + "-"));
        await().atMost(PATIENCE).until(() -> newestSnapshot(leader) > newest);
      }
      assertThat(leader.call("DEL", "deleted")).isEqualTo(new Reply.Int(1));
      long missed = applied(leader);
      follower.start();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(applied(follower)).isGreaterThanOrEqualTo(missed));
      assertHolds(follower, journal);
      assertThat(cluster.leader().call("SET", "after", "1")).isEqualTo(Reply.OK);
      follower.kill();
      follower.start();
      assertHolds(follower, journal);
    }
  }

  private static void assertHolds(Node node, Map<String, String> journal) throws IOException {
    try (RespClient client = node.connect()) {
      client.call("READONLY");
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            assertThat(Audit.differences(client, journal)).as(node.child().tail()).isEmpty();
            assertThat(client.call("EXISTS", "deleted")).isEqualTo(new Reply.Int(0));
          });
    }
  }

  private static long applied(Node node) {
    String applied = node.shard("applied");
    return applied == null ? 0 : Long.parseLong(applied);
  }

  private static Map<String, String> write(Node node, String prefix) throws IOException {
    Map<String, String> journal = new HashMap<>();
    try (RespClient client = node.connect()) {
      for (int i = 0; i < KEYS; i++) {
        client.send("SET", prefix + i, VALUE + i);
        journal.put(prefix + i, VALUE + i);
      }
      for (int i = 0; i < KEYS; i++) {
        assertThat(client.receive()).isEqualTo(Reply.OK);
      }
    }
    return journal;
  }

  /** The log index up to which the newest snapshot in a node's directory goes; 0 without one. */
  private static long newestSnapshot(Node node) throws IOException {
    long newest = 0;
    // Only names are read: the node renames and deletes these folders meanwhile.
    try (DirectoryStream<Path> groups =
        Files.newDirectoryStream(node.directory().resolve("raft/snapshots"))) {
      for (Path group : groups) {
        try (DirectoryStream<Path> snapshots = Files.newDirectoryStream(group, "snapshot_*")) {
          for (Path snapshot : snapshots) {
            String index = snapshot.getFileName().toString().substring("snapshot_".length());
            newest = Math.max(newest, Long.parseLong(index));
          }
        }
      }
    }
    return newest;
  }
}
