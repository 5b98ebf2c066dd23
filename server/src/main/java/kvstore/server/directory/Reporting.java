package kvstore.server.directory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import kvstore.replication.NodeId;
import kvstore.server.directory.LeaderTable.Leader;
import org.jspecify.annotations.Nullable;

/**
 * Tells the directory's leader of this node, every {@value #EVERY_MILLIS} ms and when something
 * changed, and takes from the answer what is news here. Whoever else is asked answers with what it
 * knows. Runs on the timer's thread.
 */
final class Reporting {

  /** Takes this node's report when this node leads the directory; says whether it does. */
  interface Own {
    boolean take(NodeReport report);
  }

  static final long EVERY_MILLIS = 500;

  /** Pause after a failure, and least time between two reports. */
  private static final long SOON_MILLIS = 50;

  private static final Duration PATIENCE = Duration.ofMillis(1_000);

  private final Surroundings surroundings;
  private final Supplier<NodeReport> source;
  private final Own own;
  private boolean sending;
  private boolean again;
  private boolean planned;
  private boolean closed;
  private int turn;

  Reporting(Surroundings surroundings, Supplier<NodeReport> source, Own own) {
    this.surroundings = surroundings;
    this.source = source;
    this.own = own;
  }

  void start() {
    surroundings.later(0, this::tick);
  }

  void close() {
    surroundings.later(0, () -> closed = true);
  }

  /** Something changed: report it without waiting for the next turn. Any thread. */
  void soon() {
    surroundings.later(
        0,
        () -> {
          again = true;
          if (!sending) {
            plan();
          }
        });
  }

  private void tick() {
    if (!closed) {
      report();
      surroundings.later(EVERY_MILLIS, this::tick);
    }
  }

  private void plan() {
    if (!planned && !closed) {
      planned = true;
      surroundings.later(
          SOON_MILLIS,
          () -> {
            planned = false;
            report();
          });
    }
  }

  private void report() {
    if (sending || closed) {
      return;
    }
    again = false;
    NodeReport report = source.get();
    if (own.take(report)) {
      turn = 0;
      return;
    }
    Leader leader = surroundings.leaders().leaderOf(ShardEntry.DIRECTORY);
    NodeId known =
        leader == null || leader.node().equals(surroundings.self()) ? null : leader.node();
    // every other try goes to somebody else, who may know better
    if (known != null && turn % 2 == 0) {
      send(known, PeerMessages.REPORT, ReportCodec.encode(report));
    } else {
      NodeId node = nextToAsk();
      if (node != null) {
        send(node, PeerMessages.PULL, PeerMessages.version(report.stateVersion()));
      }
      turn++;
    }
  }

  private @Nullable NodeId nextToAsk() {
    List<NodeId> nodes = new ArrayList<>(surroundings.others());
    return nodes.isEmpty() ? null : nodes.get(turn / 2 % nodes.size());
  }

  private void send(NodeId to, int method, byte[] body) {
    sending = true;
    surroundings.ask(
        to,
        method,
        body,
        PATIENCE,
        answer -> {
          PeerMessages.News news = PeerMessages.readNews(answer);
          surroundings.learn(news.leaders());
          if (news.state() != null) {
            surroundings.view().offer(news.state());
          }
          ended(method == PeerMessages.REPORT && news.taken(), method == PeerMessages.PULL);
        },
        (failure, message) -> ended(false, false));
  }

  /**
   * @param taken whether the leader has the report
   * @param pulled whether another node has answered, so that the leader can be tried again
   */
  private void ended(boolean taken, boolean pulled) {
    surroundings.later(
        0,
        () -> {
          sending = false;
          if (taken) {
            turn = 0;
          } else if (!pulled && turn % 2 == 0) {
            turn++;
          }
          if (again || !taken) {
            plan();
          }
        });
  }
}
