package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of the other nodes count, each on a key of its own, while the leader is lost. What was
 * with it is neither lost nor done twice, nor is its outcome unknown: the next leader tells.
 */
class LostLeaderTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CLIENTS_PER_NODE = 8;
  private static final int LOSSES = Integer.getInteger("lost.leaders", 3);

  @TempDir private Path folder;

  private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
  private final AtomicLong counted = new AtomicLong();
  private final List<Thread> clients = new ArrayList<>();
  private volatile boolean running;
  private int keys;

  @Test
  void whatAKilledLeaderHadTakenIsToldByTheNext() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, folder)) {
      for (int i = 0; i < LOSSES; i++) {
        Node leader = cluster.leader();
        count(cluster, leader);
        progress(300);
        leader.kill();
        progress(300);
        stop();
        assertThat(surprises).as(cluster.tails()).isEmpty();
        cluster.startAll();
      }
    }
  }

  /** It is not waited for until the deadline of what it was asked. */
  @Test
  void aSilentLeaderIsGivenUpOnceThereIsAnother() throws Exception {
    try (ProcessCluster cluster =
        ProcessCluster.start(3, folder, "--request-deadline", 10 * PATIENCE.toSeconds() + "s")) {
      for (int i = 0; i < LOSSES; i++) {
        Node leader = cluster.leader();
        count(cluster, leader);
        progress(300);
        leader.child().pause();
        try {
          await()
              .atMost(PATIENCE)
              .until(() -> cluster.nodes().stream().anyMatch(n -> n != leader && n.leads()));
          progress(300);
        } finally {
          leader.child().resume();
        }
        stop();
        assertThat(surprises).as(cluster.tails()).isEmpty();
      }
    }
  }

  private void count(ProcessCluster cluster, Node except) {
    running = true;
    for (Node node : cluster.nodes()) {
      for (int i = 0; node != except && i < CLIENTS_PER_NODE; i++) {
        String key = "counter" + keys++;
        Thread thread = new Thread(() -> count(node.address(), key), key);
        clients.add(thread);
        thread.start();
      }
    }
  }

  private void count(InetSocketAddress node, String key) {
    long last = 0;
    try (RespClient client = new RespClient(node, PATIENCE)) {
      while (running) {
        Reply reply = client.call("INCR", key);
        if (reply.equals(new Reply.Int(last + 1))) {
          last++;
          counted.incrementAndGet();
        } else if (!isRefusal(reply)) {
          surprises.add(key + " was " + last + ", and then " + reply);
          return;
        }
      }
    } catch (IOException e) {
      surprises.add(key + ": " + e);
    }
  }

  private static boolean isRefusal(Reply reply) {
    return reply instanceof Reply.Failure failure
        && (failure.message().startsWith("TRYAGAIN")
            || failure.message().startsWith("CLUSTERDOWN"));
  }

  private void progress(int more) {
    long before = counted.get();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> counted.get() > before + more || !surprises.isEmpty());
  }

  private void stop() throws InterruptedException {
    running = false;
    for (Thread client : clients) {
      client.join();
    }
    clients.clear();
  }
}
