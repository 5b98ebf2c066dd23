package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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

  @Override
  List<InetSocketAddress> addresses() {
    return List.of(node.address());
  }
}
