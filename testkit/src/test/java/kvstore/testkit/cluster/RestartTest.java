package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kvstore.protocol.Reply;
import kvstore.testkit.history.Audit;
import kvstore.testkit.history.Writers;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A single node that is stopped, killed, and started on what it left behind. */
class RestartTest {

  @TempDir Path folder;
  private final List<Node> started = new ArrayList<>();

  @AfterEach
  void stopAll() {
    started.forEach(Node::close);
  }

  @Test
  void sigtermLosesNothingAndExitsWithZero() throws Exception {
    Node node = start(Node.alone(folder));
    try (Writers writers = new Writers(List.of(node.address()), "k").start(3)) {
      awaitWrites(writers, 200);
      assertThat(node.stop()).as(node.child().tail()).isZero();
      writers.stop();
      start(node);
      assertNothingLost(node, writers.journal());
    }
  }

  @Test
  void killLosesNothingThatWasAcknowledged() throws Exception {
    Node node = start(Node.alone(folder));
    try (Writers writers = new Writers(List.of(node.address()), "k").start(3)) {
      awaitWrites(writers, 200);
      node.kill();
      writers.stop();
      start(node);
      assertNothingLost(node, writers.journal());
    }
  }

  @Test
  void aTornLastRecordIsCutOffAndNothingElse() throws Exception {
    Node node = start(Node.alone(folder));
    try (Writers writers = new Writers(List.of(node.address()), "k").start(2)) {
      awaitWrites(writers, 200);
      node.kill();
      writers.stop();
      appendHalfARecord(newestLogFile(node));
      start(node);
      assertNothingLost(node, writers.journal());
      assertThat(node.call("SET", "after", "1")).isEqualTo(Reply.OK);
    }
    node.kill();
    start(node);
    assertThat(node.call("EXISTS", "after")).isEqualTo(new Reply.Int(1));
  }

  @Test
  void theDirectoryAloneIsEnoughToStartAgain() throws Exception {
    Node node = start(Node.alone(folder));
    assertThat(node.call("SET", "k", "v")).isEqualTo(Reply.OK);
    assertThat(node.stop()).isZero();
    node.launchAs(List.of("--dir", node.directory().toString()));
    node.awaitData();
    try (RespClient client = node.connect()) {
      assertThat(client.ask("GET", "k")).isEqualTo("v");
    }
  }

  @Test
  void aDirectoryInUseIsRefused() throws Exception {
    Node node = start(Node.alone(folder));
    Node second = Node.alone(folder.resolve("second"));
    started.add(second);
    second.launchAs(List.of("--dir", node.directory().toString(), "--port", "0"));
    assertRefusal(second, "in use by a running node");
    assertThat(node.call("PING")).isEqualTo(new Reply.Simple("PONG"));
  }

  @Test
  void theDirectoryOfAnotherNodeIsRefused() throws Exception {
    Node node = start(Node.alone(folder));
    node.stop();
    node.launchAs(List.of("--node-id", "n2", "--dir", node.directory().toString(), "--port", "0"));
    assertRefusal(node, "belongs to node id 'n1', not 'n2'");
  }

  @Test
  void theDirectoryOfAnotherClusterIsRefused() throws Exception {
    Node node = start(Node.alone(folder));
    node.stop();
    node.launch("--initial-cluster", node.member() + ",n2=127.0.0.1:9");
    assertRefusal(node, "belongs to another cluster");
  }

  @Test
  void aNewerFormatIsRefused() throws Exception {
    Node node = start(Node.alone(folder));
    node.stop();
    Path identity = node.directory().resolve("node.properties");
    Files.writeString(identity, Files.readString(identity).replace("format=1", "format=99"));
    node.launch();
    assertRefusal(node, "has format 99");
  }

  @Test
  void aWrongOptionIsRefusedByName() throws Exception {
    Node node = Node.alone(folder);
    started.add(node);
    node.launch("--block-cache", "lots");
    assertThat(node.child().awaitExit()).isEqualTo(2);
    assertThat(node.child().output()).contains("block-cache", "lots");
    assertThat(node.child().output().lines()).hasSize(1);
  }

  private Node start(Node node) throws IOException {
    started.add(node);
    node.start();
    node.awaitData();
    return node;
  }

  /** One clear line after what earlier runs have printed, and an exit code that says so. */
  private static void assertRefusal(Node node, String reason) throws Exception {
    assertThat(node.child().awaitExit()).isEqualTo(1);
    String output = node.child().output();
    assertThat(output).contains(reason);
    List<String> complaint =
        output.lines().filter(line -> line.contains("data directory")).toList();
    assertThat(complaint).hasSize(1);
    assertThat(output).doesNotContain("\tat ");
  }

  private static void assertNothingLost(Node node, Map<String, String> journal) throws IOException {
    assertThat(journal).isNotEmpty();
    try (RespClient client = node.connect()) {
      assertThat(Audit.differences(client, journal)).as(node.child().tail()).isEmpty();
    }
  }

  private static void awaitWrites(Writers writers, int count) {
    org.awaitility.Awaitility.await().until(() -> writers.journal().size() >= count);
  }

  private static Path newestLogFile(Node node) throws IOException {
    try (Stream<Path> files = Files.walk(node.directory().resolve("raft"))) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .max(Comparator.comparing(Path::toString))
          .orElseThrow();
    }
  }

  /** What a crash in the middle of a write leaves: a head that promises more than there is. */
  private static void appendHalfARecord(Path file) throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
      log.seek(log.length());
      log.write(new byte[] {1, 2, 3, 4, (byte) 200, 0, 1});
      log.write(new byte[50]);
    }
  }
}
