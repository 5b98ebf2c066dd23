package kvstore.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import kvstore.protocol.Reply;
import kvstore.testkit.cluster.LeaderMover;
import kvstore.testkit.cluster.Node;
import kvstore.testkit.cluster.ProcessCluster;

/** Three nodes whose leader moves every second, and what they have counted meanwhile. */
final class MovingCluster implements AutoCloseable {

  private static final String MOVED = "errorstat_MOVED:count=";
  private static final String FORWARDED = "forwarded_commands:";
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final ProcessCluster cluster;

  private MovingCluster(ProcessCluster cluster) {
    this.cluster = cluster;
  }

  static MovingCluster start(Path folder) throws IOException {
    return new MovingCluster(ProcessCluster.start(3, folder, "--enable-debug-command"));
  }

  /** Something that sends commands. */
  interface Work {
    /** The number of commands that were answered as they should be. */
    long run() throws Exception;
  }

  ProcessCluster nodes() {
    return cluster;
  }

  /** Runs the work while the leader moves, and tells of it in one line. */
  void during(String name, Work work) throws Exception {
    long redirectedBefore = count("errorstats", MOVED);
    long forwardedBefore = count("stats", FORWARDED);
    long start = System.nanoTime();
    long done;
    int moves;
    try (LeaderMover mover = LeaderMover.start(cluster, PERIOD)) {
      done = work.run();
      moves = mover.moves();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long redirected = count("errorstats", MOVED) - redirectedBefore;
    long forwarded = count("stats", FORWARDED) - forwardedBefore;
    System.out.printf(
        "%s: %,d commands in %.1f s, leader moved %d times, %,d answered MOVED, %,d forwarded%n",
        name, done, seconds, moves, redirected, forwarded);
    assertThat(moves).as("moves of the leader").isPositive();
    assertThat(forwarded).as("commands forwarded").isLessThan(done / 100);
  }

  private long count(String section, String name) throws IOException {
    long sum = 0;
    for (Node node : cluster.nodes()) {
      Reply info = node.call("INFO", section);
      sum +=
          new String(((Reply.Bulk) info).value())
              .lines()
              .filter(line -> line.startsWith(name))
              .mapToLong(line -> Long.parseLong(line.substring(name.length()).strip()))
              .sum();
    }
    return sum;
  }

  @Override
  public void close() {
    cluster.close();
  }
}
