package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A node in this process, over a log and a storage in memory. */
class InMemoryTest extends ServingContract {

  private static MemoryNode node;

  @BeforeAll
  static void start() throws IOException {
    node = MemoryNode.start(OPTIONS);
  }

  @AfterAll
  static void stop() throws Exception {
    node.close();
  }

  @Override
  List<InetSocketAddress> addresses() {
    return List.of(node.address());
  }
}
