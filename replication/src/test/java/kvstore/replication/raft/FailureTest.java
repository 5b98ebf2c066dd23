package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import kvstore.replication.Leadership;
import kvstore.replication.Proposal;
import kvstore.replication.log.DiskFaults;
import kvstore.replication.log.LogCorruptedException;
import kvstore.replication.log.SharedLogOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureTest {

  @TempDir Path dir;

  private static RaftTimings quickRetry() {
    return RaftTimings.DEFAULT.withKeeping(
        Duration.ofMillis(20),
        Duration.ofSeconds(15),
        Duration.ofMillis(100),
        Duration.ofMillis(500));
  }

  @Test
  void aReplicaWhoseDiskFillsUpIsOutAndComesBackWhenThereIsRoom() throws Exception {
    AtomicReference<Path> full = new AtomicReference<>();
    List<Path> directories = new ArrayList<>();
    try (TestCluster cluster =
        TestCluster.of(
            dir,
            3,
            o -> {
              directories.add(o.directory());
              DiskFaults faults =
                  () -> {
                    if (o.directory().equals(full.get())) {
                      throw new IOException("No space left on device");
                    }
                  };
              return o.withTimings(quickRetry()).withFaults(faults);
            })) {
      for (int i = 0; i < 10; i++) {
        cluster.write("a" + i);
      }
      TestCluster.Node leader = cluster.awaitLeader();
      full.set(leader.directory.resolve("raft"));
      Proposal.Failure failure = cluster.propose(leader, "lost?").get(30, TimeUnit.SECONDS);
      TestCluster.eventually().until(() -> !leader.machine().failures().isEmpty());
      assertThat(leader.machine().failures().get(0)).hasMessageContaining("No space left");
      TestCluster.eventually()
          .until(
              () -> cluster.others(leader).stream().anyMatch(n -> n.log().leadership().isLeader()));
      assertThat(leader.log().leadership().isLeader()).isFalse();
      cluster.write("without it");
      full.set(null);
      TestCluster.eventually().until(() -> leader.machine().entries().contains("without it"));
      cluster.awaitRole(leader, Leadership.Role.FOLLOWER);
      cluster.write("with it");
      int expected = leader.machine().entries().contains("lost?") ? 13 : 12;
      if (failure == null) {
        assertThat(expected).isEqualTo(13);
      }
      cluster.awaitCounts(expected);
    }
  }

  @Test
  void aReplicaWhoseStateMachineFailsIsRestartedAndLosesNothing() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1, o -> o.withTimings(quickRetry()))) {
      TestCluster.Node node = cluster.awaitLeader();
      cluster.write("a");
      node.machine().setFailing(true);
      assertThat(cluster.propose(node, "b").get(10, TimeUnit.SECONDS))
          .isEqualTo(Proposal.Failure.UNKNOWN);
      TestCluster.eventually().until(() -> !node.machine().failures().isEmpty());
      cluster.awaitRole(node, Leadership.Role.OUT);
      node.machine().setFailing(false);
      cluster.awaitLeader();
      cluster.write("c");
      assertThat(node.machine().entries()).containsExactly("a", "b", "c");
      assertThat(node.machine().events()).contains("lost");
    }
  }

  @Test
  void aKilledNodeLosesNoAcknowledgedEntryAndATornTailIsCutOff() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node node = cluster.awaitLeader();
      for (int i = 0; i < 20; i++) {
        cluster.write("a" + i);
      }
      // What is on disk now is what a killed process leaves.
      Path image = dir.resolve("image");
      copy(node.logDirectory(), image);
      cluster.write("later");
      node.stop();
      replace(node.logDirectory(), image);
      node.restart();
      cluster.awaitLeader();
      cluster.awaitCounts(20);
      cluster.write("b");

      copy(node.logDirectory(), dir.resolve("image2"));
      node.stop();
      replace(node.logDirectory(), dir.resolve("image2"));
      try (RandomAccessFile file =
          new RandomAccessFile(writeAheadFile(node.logDirectory()).toFile(), "rw")) {
        file.setLength(file.length() - 3);
      }
      node.restart();
      cluster.awaitLeader();
      assertThat(node.machine().count()).isBetween(20, 21);
      cluster.write("c");
    }
  }

  @Test
  void aReplicaThatCannotReadItsEntriesStaysOut() throws Exception {
    SharedLogOptions small =
        new SharedLogOptions(64 << 10, 2, 1 << 10, 64 << 10, 64 << 10, 16 << 20);
    try (TestCluster cluster =
        TestCluster.of(dir, 1, o -> o.withTimings(quickRetry()).withLog(small))) {
      TestCluster.Node node = cluster.awaitLeader();
      for (int i = 0; i < 1000; i++) {
        cluster.write("a text that is not short " + "x".repeat(200) + i);
      }
      node.stop();
      try (Stream<Path> files = Files.list(node.logDirectory())) {
        for (Path table : files.filter(f -> f.toString().endsWith(".sst")).toList()) {
          byte[] bytes = Files.readAllBytes(table);
          if (bytes.length > 40_000) {
            for (int i = bytes.length / 3; i < bytes.length / 2; i += 1000) {
              bytes[i] ^= 1;
            }
            Files.write(table, bytes);
          }
        }
      }
      node.startTransport();
      try {
        node.startHost();
        node.open(cluster.group, cluster.voters(), Set.of());
        cluster.awaitRole(node, Leadership.Role.OUT);
        TestCluster.eventually().until(() -> !node.machine().failures().isEmpty());
        assertThat(node.machine().failures().get(0)).isInstanceOf(LogCorruptedException.class);
        // For longer than the longest pause between two tries.
        Awaitility.await()
            .during(Duration.ofSeconds(1))
            .atMost(Duration.ofSeconds(5))
            .until(() -> node.log().leadership().role() == Leadership.Role.OUT);
      } catch (LogCorruptedException e) {
        assertThat(e).hasMessageContaining("join again");
      }
    }
  }

  @Test
  void aNodeWithADamagedLogRefusesToStart() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 1)) {
      TestCluster.Node node = cluster.awaitLeader();
      for (int i = 0; i < 20; i++) {
        cluster.write("some text " + i);
      }
      copy(node.logDirectory(), dir.resolve("image"));
      node.stop();
      replace(node.logDirectory(), dir.resolve("image"));
      Path file = writeAheadFile(node.logDirectory());
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
      node.startTransport();
      assertThatThrownBy(node::startHost)
          .isInstanceOf(LogCorruptedException.class)
          .hasMessageContaining("join again");
    }
  }

  private static Path writeAheadFile(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(f -> f.toString().endsWith(".log"))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void replace(Path directory, Path image) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.delete(file);
      }
    }
    copy(image, directory);
  }
}
