package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes of a replica's data that are not what was written any more. */
class DamagedDataTest {

  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final int KEYS = 500;
  private static final String VALUE = "0123456789abcdef".repeat(64);

  @TempDir Path folder;

  /** The log holds all entries still, so that not even another node is needed. */
  @Test
  void aReplicaWithDamagedDataStopsAndIsRebuiltFromItsOwnLog() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder)) {
      write(cluster.leader());
      Node victim = cluster.followers().get(0);
      String whole = digest(cluster.leader());
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
      victim.stop(); // which writes what was in memory
      assertThat(flip(tables(victim.directory().resolve("shards/0001")))).isPositive();
      victim.start();
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
      assertThat(victim.child().tail()).contains("the stored state is damaged").contains(".sst");
      assertThat(victim.directory().resolve("shards/0001.damaged")).isDirectory();
      assertThat(cluster.leader().call("SET", "after", "1")).isEqualTo(Reply.OK);
    }
  }

  /** Nobody reads but the entries that change what is stored. */
  @Test
  void anEntryThatMeetsDamageStopsTheReplica() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder)) {
      write(cluster.leader());
      Node victim = cluster.followers().get(0);
      String before = digest(cluster.leader());
      await().atMost(PATIENCE).until(() -> before.equals(digest(victim)));
      victim.stop();
      assertThat(flip(tables(victim.directory().resolve("shards/0001")))).isPositive();
      victim.start();
      await()
          .atMost(PATIENCE)
          .until(() -> {
            append(cluster.leader());
            return Files.isDirectory(victim.directory().resolve("shards/0001.damaged"));
          });
      String whole = digest(cluster.leader());
      assertThat(whole).isNotEmpty();
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
    }
  }

  @Test
  void aReplicaWhoseDataCanNotBeOpenedIsRebuilt() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder)) {
      write(cluster.leader());
      Node victim = cluster.followers().get(0);
      String whole = digest(cluster.leader());
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
      victim.stop();
      Path data = victim.directory().resolve("shards/0001");
      for (Path table : tables(data)) {
        Files.delete(table); // RocksDB misses what its manifest names
      }
      victim.start();
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
      assertThat(victim.child().tail()).contains("the stored state is damaged");
    }
  }

  /**
   * The first snapshot does not cut the log, so that it holds all that the snapshot does. What is
   * written is enough for one, and not for a second, which would cut it. A snapshot is due by what
   * the log has taken, and holds what was applied: so some of it is applied before one can be due.
   */
  @Test
  void aDamagedSnapshotIsPutAsideWhereTheLogHoldsAll() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder, "--snapshot-log-size", "1MiB")) {
      Node victim = cluster.followers().get(0);
      write(cluster.leader(), 0, KEYS); // 0.5 MiB; the first is due from 0.75 on at the earliest
      String half = digest(cluster.leader());
      await().atMost(PATIENCE).until(() -> half.equals(digest(victim)));
      write(cluster.leader(), KEYS, 1_200); // the second is due from 1.5 on
      await().atMost(PATIENCE).until(() -> !snapshots(victim).isEmpty());
      String whole = digest(cluster.leader());
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
      victim.stop();
      assertThat(snapshots(victim)).hasSize(1);
      List<Path> all = new ArrayList<>(tables(victim.directory().resolve("raft/snapshots")));
      assertThat(all).anyMatch(DamagedDataTest::isLarge);
      all.addAll(tables(victim.directory().resolve("shards/0001")));
      assertThat(flip(all)).isPositive();
      victim.start();
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
      assertThat(victim.child().tail()).contains("which is damaged");
    }
  }

  @Test
  void aReplicaWhoseSnapshotIsDamagedTooFetchesThatOfAnother() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder, "--snapshot-log-size", "1MiB")) {
      Node victim = cluster.followers().get(0);
      cutLog(cluster.leader(), victim);
      victim.stop();
      List<Path> all = new ArrayList<>(tables(victim.directory().resolve("raft/snapshots")));
      // Many of its tables are files of the replica's data at the same time.
      all.addAll(tables(victim.directory().resolve("shards/0001")));
      assertThat(flip(all)).isPositive();
      victim.start();
      assertThat(cluster.leader().call("SET", "after", "1")).isEqualTo(Reply.OK);
      String whole = digest(cluster.leader());
      assertThat(whole).isNotEmpty();
      await().atMost(PATIENCE).until(() -> whole.equals(digest(victim)));
      assertThat(victim.child().tail()).contains("copies the snapshot up to entry");
      assertThat(victim.directory().resolve("shards/0001.damaged")).isDirectory();
    }
  }

  /** What can not be rebuilt is neither shown nor deleted. */
  @Test
  void theOnlyReplicaWhoseSnapshotIsDamagedTooStaysOutAndKeepsItsFiles() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(1, folder, "--snapshot-log-size", "1MiB")) {
      Node victim = cluster.leader();
      cutLog(victim, victim);
      victim.stop();
      List<Path> all = new ArrayList<>(tables(victim.directory().resolve("raft/snapshots")));
      all.addAll(tables(victim.directory().resolve("shards/0001")));
      assertThat(flip(all)).isPositive();
      victim.start();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            digest(victim);
            assertThat(victim.child().tail()).contains("a snapshot is asked of the other nodes");
          });
      assertThat(tables(victim.directory().resolve("shards/0001"))).isNotEmpty();
      try (RespClient client = victim.connect()) {
        client.call("READONLY");
        assertThat(client.call("GET", "key-1")).isInstanceOf(Reply.Failure.class);
      }
    }
  }

  /**
   * Writes until a node has cut its log. The second snapshot does so, but some time after it can be
   * seen; the third is begun when the second is done with.
   */
  private static void cutLog(Node leader, Node node) {
    Set<String> seen = new HashSet<>();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          write(leader);
          seen.addAll(snapshots(node));
          return seen.size() > 2;
        });
  }

  /** What makes each replica read the value there is. */
  private static void append(Node node) throws IOException {
    try (RespClient client = node.connect()) {
      for (int i = 0; i < KEYS; i++) {
        client.send("APPEND", "key-" + i, ".");
      }
      for (int i = 0; i < KEYS; i++) {
        assertThat(client.receive()).isInstanceOf(Reply.Int.class);
      }
    }
  }

  private static void write(Node node) throws IOException {
    write(node, 0, KEYS);
  }

  private static void write(Node node, int from, int to) throws IOException {
    try (RespClient client = node.connect()) {
      for (int i = from; i < to; i++) {
        client.send("SET", "key-" + i, VALUE + i);
      }
      for (int i = from; i < to; i++) {
        assertThat(client.receive()).isEqualTo(Reply.OK);
      }
    }
  }

  /** What the node's replica of shard 1 holds; empty while it can not be told. */
  private static String digest(Node node) throws IOException {
    if (node.call("SHARD", "DIGEST") instanceof Reply.Array shards && !shards.items().isEmpty()) {
      Reply checksum = ((Reply.Array) shards.items().get(0)).items().get(4);
      return new String(((Reply.Bulk) checksum).value(), StandardCharsets.US_ASCII);
    }
    return "";
  }

  private static List<Path> tables(Path under) throws IOException {
    try (Stream<Path> files = Files.walk(under)) {
      return files.filter(file -> file.toString().endsWith(".sst")).toList();
    }
  }

  /** One byte of what are blocks of values for certain, in each file that is large enough. */
  private static int flip(List<Path> tables) throws IOException {
    int flipped = 0;
    Set<Object> seen = new HashSet<>();
    for (Path table : tables) {
      if (!seen.add(Files.getAttribute(table, "unix:ino"))) {
        continue; // another name of it
      }
      if (isLarge(table)) {
        byte[] bytes = Files.readAllBytes(table);
        bytes[bytes.length / 3] ^= 0x10;
        Files.write(table, bytes); // in place, so that all names of the file show it
        flipped++;
      }
    }
    return flipped;
  }

  private static boolean isLarge(Path table) {
    return table.toFile().length() > 50_000;
  }

  /** Folders of snapshots of shard 1 there are now. */
  private static Set<String> snapshots(Node node) throws IOException {
    Set<String> names = new HashSet<>();
    try (Stream<Path> groups = Files.list(node.directory().resolve("raft/snapshots"))) {
      for (Path group : groups.filter(g -> g.toString().endsWith("-shard1")).toList()) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(group, "snapshot_*")) {
          found.forEach(snapshot -> names.add(snapshot.getFileName().toString()));
        }
      }
    }
    return names;
  }
}
