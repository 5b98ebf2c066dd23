package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Ports that nobody listens on, from below the range that the system gives to outgoing connections,
 * so that they stay free while a node is down. None is given twice in one process.
 */
final class FreePorts {

  private static final int FIRST = 12_000;
  private static final int BEHIND_LAST = 32_000;
  private static final int CLUSTER_OFFSET = 5_000;
  private static final RandomGenerator RANDOM = RandomGenerator.getDefault();
  private static final Set<Integer> GIVEN = new HashSet<>();

  private FreePorts() {}

  static synchronized int next() {
    while (true) {
      int port = RANDOM.nextInt(FIRST, BEHIND_LAST);
      if (isFree(port) && GIVEN.add(port)) {
        return port;
      }
    }
  }

  /** A port that is free, as is the one 5,000 above it, which nobody else is given. */
  static synchronized int nextWithClusterPort() {
    while (true) {
      int port = RANDOM.nextInt(FIRST, BEHIND_LAST - CLUSTER_OFFSET);
      int above = port + CLUSTER_OFFSET;
      if (isFree(port) && isFree(above) && !GIVEN.contains(above) && GIVEN.add(port)) {
        GIVEN.add(above);
        return port;
      }
    }
  }

  /**
   * A port that is free, as are those 5,000, 10,000 and 20,000 above it, and their {@code count -
   * 1} next.
   */
  static synchronized int nextWithDerived(int count) {
    while (true) {
      int first = RANDOM.nextInt(FIRST, FIRST + 700);
      if (IntStream.range(first, first + count)
          .flatMap(port -> IntStream.of(port, port + 5_000, port + 10_000, port + 20_000))
          .allMatch(FreePorts::isFree)) {
        return first;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
