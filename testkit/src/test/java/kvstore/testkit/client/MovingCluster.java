package kvstore.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import kvstore.protocol.Reply;
import kvstore.testkit.cluster.LeaderMover;
import kvstore.testkit.cluster.Node;
import kvstore.testkit.cluster.ProcessCluster;

/** Three nodes whose leader moves every second, and what they have counted meanwhile. */
final class MovingCluster implements AutoCloseable {

  private static final String MOVED = "errorstat_MOVED:count=";
  private static final String FORWARDED = "forwarded_commands:";
  private static final String COMMANDS = "total_commands_processed:";

  /** A quiet time may fall between two runs of a client, and see next to none. */
  private static final long COMMANDS_IN_QUIET = 1_000;

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

  /**
   * Runs the work while the leader moves, again until quiet times saw enough of it; tells of it.
   */
  void during(String name, Work work) throws Exception {
    long redirectedBefore = count("errorstats", MOVED);
    long forwardedBefore = count("stats", FORWARDED);
    long start = System.nanoTime();
    long done = 0;
    int moves;
    QuietTimes quiet = new QuietTimes();
    try (LeaderMover mover = LeaderMover.start(cluster, quiet)) {
      do {
        done += work.run();
      } while (quiet.commands < COMMANDS_IN_QUIET);
      moves = mover.moves();
    }
    System.out.printf(
        "%s: %,d commands in %.1f s, leader moved %d times; %,d answered MOVED, %,d forwarded;"
            + " from one second after a move on %,d of %,d forwarded%n",
        name,
        done,
        (System.nanoTime() - start) / 1e9,
        moves,
        count("errorstats", MOVED) - redirectedBefore,
        count("stats", FORWARDED) - forwardedBefore,
        quiet.forwarded,
        quiet.commands);
    assertThat(quiet.forwarded).isLessThan(quiet.commands / 100);
  }

  /** What is forwarded once a move is a second old. */
  private final class QuietTimes implements LeaderMover.Quiet {

    private long forwardedBefore;
    private long commandsBefore;
    private volatile long forwarded;
    private volatile long commands;

    @Override
    public void begins() throws IOException {
      forwardedBefore = count("stats", FORWARDED);
      commandsBefore = count("stats", COMMANDS);
    }

    @Override
    public void ends() throws IOException {
      forwarded += count("stats", FORWARDED) - forwardedBefore;
      commands += count("stats", COMMANDS) - commandsBefore;
    }
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
