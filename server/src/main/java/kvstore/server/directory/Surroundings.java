package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerCalls;
import kvstore.replication.transport.ResponseHandler;
import kvstore.server.directory.LeaderTable.Leader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node gives its part of the directory to work with. None is closed by it.
 *
 * @param timer shared; tasks on it are short
 * @param clock wall clock, to say since when a node is down
 * @param nanoTime the clock of deadlines and of silence, that of {@link System#nanoTime}
 */
public record Surroundings(
    PeerCalls transport,
    ClusterView view,
    LeaderTable leaders,
    ScheduledExecutorService timer,
    InstantSource clock,
    LongSupplier nanoTime) {

  private static final Logger LOG = LoggerFactory.getLogger(Surroundings.class);

  /** Larger messages do not go where heartbeats would wait behind them. */
  private static final int SMALL_BYTES = 64 << 10;

  public Surroundings(
      PeerCalls transport,
      ClusterView view,
      LeaderTable leaders,
      ScheduledExecutorService timer,
      InstantSource clock) {
    this(transport, view, leaders, timer, clock, System::nanoTime);
  }

  NodeId self() {
    return transport.self();
  }

  /** The other nodes that are not out. */
  List<NodeId> others() {
    List<NodeId> others = new ArrayList<>();
    for (NodeEntry node : view.current().nodes()) {
      if (!node.id().equals(self()) && node.status() != NodeEntry.Status.OUT) {
        others.add(node.id());
      }
    }
    return others;
  }

  /** The leaders known of the shards there are. */
  Map<Integer, Leader> leadersKnown() {
    Map<Integer, Leader> known = new HashMap<>();
    for (ShardEntry shard : view.current().shards()) {
      Leader leader = leaders.leaderOf(shard.number());
      if (leader != null) {
        known.put(shard.number(), leader);
      }
    }
    Leader directory = leaders.leaderOf(ShardEntry.DIRECTORY);
    if (directory != null) {
      known.put(ShardEntry.DIRECTORY, directory);
    }
    return known;
  }

  void learn(Map<Integer, Leader> news) {
    news.forEach(leaders::learn);
  }

  static Lane laneFor(byte[] body) {
    return body.length <= SMALL_BYTES ? Lane.CONTROL : Lane.FORWARD;
  }

  /**
   * Sends a request.
   *
   * @param read takes the response; bytes that it cannot read count as no response
   * @param failed told why there is none, in place of the response
   */
  void ask(
      NodeId to,
      int method,
      byte[] body,
      Duration timeout,
      Consumer<ByteBuf> read,
      BiConsumer<ResponseHandler.Failure, String> failed) {
    transport.request(
        to,
        laneFor(body),
        method,
        Unpooled.wrappedBuffer(body),
        timeout,
        new ResponseHandler() {
          @Override
          public void response(ByteBuf response) {
            try {
              read.accept(response);
            } catch (IllegalArgumentException e) {
              LOG.warn(
                  "The answer of {} to method {} is malformed: {}", to, method, e.getMessage());
              failed.accept(Failure.LOST, String.valueOf(e.getMessage()));
            }
          }

          @Override
          public void failed(Failure failure, String message) {
            failed.accept(failure, message);
          }
        });
  }

  /** Runs a task on the timer's thread; not at all once the node is closing. */
  void later(long millis, Runnable task) {
    try {
      var unused = timer.schedule(() -> guarded(task), millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("A task is not run: the node is closing");
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("A task of the directory failed", e);
    }
  }
}
