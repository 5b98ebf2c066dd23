package kvstore.testkit.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;

/** Waits until a server answers as it should. */
final class Readiness {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration RETRY = Duration.ofMillis(10);

  /** A question that may throw while the server is not ready. */
  interface Check {
    boolean holds() throws IOException;
  }

  private Readiness() {}

  static void awaitPong(InetSocketAddress address, Child child) {
    awaitOf("an answer on " + address, child, () -> answers(address, "PING"));
  }

  /** Waits until commands on keys are answered, which needs a leader. */
  static void awaitData(InetSocketAddress address, Child child) {
    awaitOf("data on " + address, child, () -> answers(address, "EXISTS", "no-such-key"));
  }

  /** Waits for something that needs this process. */
  private static void awaitOf(String what, Child child, Check check) {
    try {
      await(what, PATIENCE, () -> !child.isAlive() || check.holds());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + child.tail(), e);
    }
    if (!child.isAlive()) {
      throw new AssertionError("process ended while waiting for " + what + child.tail());
    }
  }

  static void await(String what, Duration patience, Check check) {
    long start = System.nanoTime();
    while (!now(check)) {
      if (System.nanoTime() - start > patience.toNanos()) {
        throw new AssertionError("waited " + patience + " in vain for " + what);
      }
      try {
        Thread.sleep(RETRY.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what, e);
      }
    }
  }

  private static boolean now(Check check) {
    try {
      return check.holds();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean answers(InetSocketAddress address, String... command) throws IOException {
    try (RespClient client = new RespClient(address, Duration.ofSeconds(10))) {
      return !(client.call(command) instanceof Reply.Failure);
    }
  }
}
