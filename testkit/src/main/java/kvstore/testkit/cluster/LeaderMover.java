package kvstore.testkit.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;

/**
 * Moves the leadership of the one shard of a cluster from node to node, once in every period, while
 * something else is going on. The nodes must allow DEBUG.
 */
public final class LeaderMover implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration END = Duration.ofSeconds(30);

  private final List<Node> nodes;
  private final Duration period;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private volatile int moves;

  private LeaderMover(List<Node> nodes, Duration period) {
    this.nodes = List.copyOf(nodes);
    this.period = period;
    this.thread = new Thread(this::run, "leader-mover");
    thread.setDaemon(true);
  }

  /** Starts to move; the first move is a period away. */
  public static LeaderMover start(ProcessCluster cluster, Duration period) {
    LeaderMover mover = new LeaderMover(cluster.nodes(), period);
    mover.thread.start();
    return mover;
  }

  /** How often another node has taken over so far. */
  public int moves() {
    return moves;
  }

  private void run() {
    try {
      while (!stop.await(period.toMillis(), TimeUnit.MILLISECONDS)) {
        move();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A node that does not lead refuses; the leader hands over to the node after it. */
  private void move() {
    for (int i = 0; i < nodes.size(); i++) {
      Node to = nodes.get((i + 1) % nodes.size());
      try (RespClient client = new RespClient(nodes.get(i).address(), PATIENCE)) {
        if (client.call("DEBUG", "TRANSFER-LEADER", "1", to.id()) instanceof Reply.Simple) {
          moves++;
          return;
        }
      } catch (IOException e) {
        // asked again in the next period
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop.countDown();
    thread.join(END.toMillis());
  }
}
