package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node, a process of its own. */
class OneNodeTest extends ServingContract {

  @TempDir static Path folder;
  private static Node node;

  @BeforeAll
  static void start() throws IOException {
    node = Node.alone(folder, OPTIONS);
    node.start();
    node.awaitData();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void leavesNothingInTheTemporaryFolderShouldItBeKilled() throws IOException {
    List<String> unpacked =
        Files.readAllLines(Path.of("/proc/" + node.child().pid() + "/maps")).stream()
            .filter(line -> line.contains("librocksdb"))
            .toList();
    assertThat(unpacked).isNotEmpty().allMatch(line -> line.endsWith("(deleted)"));
  }

  @Override
  List<InetSocketAddress> addresses() {
    return List.of(node.address());
  }
}
