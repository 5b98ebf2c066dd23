package kvstore.server.directory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import kvstore.replication.NodeId;
import kvstore.server.directory.LeaderTable.Leader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Word of new leaders, to all nodes at once. It is not repeated: whoever misses it hears of it with
 * the answer to its next report. Any thread; never blocks.
 */
public final class Announcements {

  private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Surroundings surroundings;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  Announcements(Surroundings surroundings) {
    this.surroundings = surroundings;
    surroundings
        .transport()
        .handle(
            PeerMessages.LEADERS,
            (from, body, responder) ->
                Answering.safely(
                    responder,
                    () -> {
                      surroundings.learn(PeerMessages.readLeaders(body));
                      return PeerMessages.version(surroundings.view().current().version());
                    }));
  }

  /** Calls the listener, which must not block, with each word given from here. */
  void listen(Runnable listener) {
    listeners.add(listener);
  }

  /** This node leads a shard from now on. */
  public void leads(int shard, long term) {
    Leader leader = new Leader(surroundings.self(), term);
    surroundings.leaders().learn(shard, leader);
    byte[] body = PeerMessages.leaders(Map.of(shard, leader));
    for (NodeId node : surroundings.others()) {
      surroundings.ask(
          node,
          PeerMessages.LEADERS,
          body,
          PATIENCE,
          answer -> {},
          (failure, message) -> LOG.debug("{} was not told of a leader: {}", node, message));
    }
    listeners.forEach(Runnable::run);
  }
}
