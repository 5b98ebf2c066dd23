package kvstore.testkit.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;

/**
 * Moves the leadership of the one shard of a cluster from node to node, every second, while
 * something else is going on; after every third move it leaves the leader alone for three seconds,
 * of which the last two are the quiet time. The nodes must allow DEBUG.
 */
public final class LeaderMover implements AutoCloseable {

  private static final int MOVES_BEFORE_QUIET = 3;
  private static final long PERIOD_MILLIS = 1_000;
  private static final long QUIET_MILLIS = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration END = Duration.ofSeconds(30);

  private final List<Node> nodes;
  private final Quiet quiet;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private volatile int moves;

  /** Told of the quiet times, on the mover's thread. */
  public interface Quiet {
    void begins() throws IOException;

    void ends() throws IOException;
  }

  private LeaderMover(List<Node> nodes, Quiet quiet) {
    this.nodes = List.copyOf(nodes);
    this.quiet = quiet;
    this.thread = new Thread(this::run, "leader-mover");
    thread.setDaemon(true);
  }

  /** Starts to move; the first move is a second away. */
  public static LeaderMover start(ProcessCluster cluster, Quiet quiet) {
    LeaderMover mover = new LeaderMover(cluster.nodes(), quiet);
    mover.thread.start();
    return mover;
  }

  /** How often another node has taken over so far. */
  public int moves() {
    return moves;
  }

  private void run() {
    try {
      while (!isStoppedWithin(PERIOD_MILLIS)) {
        move();
        if (moves % MOVES_BEFORE_QUIET == 0 && !isStoppedWithin(PERIOD_MILLIS)) {
          beQuiet();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isStoppedWithin(long millis) throws InterruptedException {
    return stop.await(millis, TimeUnit.MILLISECONDS);
  }

  private void beQuiet() throws InterruptedException {
    try {
      quiet.begins();
      if (!isStoppedWithin(QUIET_MILLIS)) {
        quiet.ends();
      }
    } catch (IOException e) {
      // a node did not answer: this quiet time does not count
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
