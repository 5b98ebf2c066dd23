package kvstore.server.router;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import kvstore.replication.NodeId;
import kvstore.server.directory.LeaderTable;
import org.jspecify.annotations.Nullable;

/**
 * Who leads which shard, as far as this node has heard: from its own replicas, from announcements
 * of other nodes and from their answers. A newer term replaces an older one. Any thread may call
 * any method.
 */
public final class Leaders implements LeaderTable {

  /**
   * @param node who leads
   * @param term in which it was seen to lead
   */
  public record Known(NodeId node, long term) {}

  private final Map<Integer, Known> byShard = new ConcurrentHashMap<>();
  private final List<IntConsumer> listeners = new CopyOnWriteArrayList<>();

  /** The newest leader heard of, or null. */
  public @Nullable Known of(int shard) {
    return byShard.get(shard);
  }

  /** Takes news; listeners are told, on the calling thread, if they changed something. */
  public void offer(int shard, Known news) {
    boolean[] changed = {false};
    byShard.compute(
        shard,
        (number, known) -> {
          if (known != null && known.term() >= news.term()) {
            return known;
          }
          changed[0] = true;
          return news;
        });
    if (changed[0]) {
      listeners.forEach(listener -> listener.accept(shard));
    }
  }

  /** Forgets a shard that is no more. */
  public void forget(int shard) {
    byShard.remove(shard);
  }

  /** Calls the listener, which must not block, with the number of each shard with a new leader. */
  public void listen(IntConsumer listener) {
    listeners.add(listener);
  }

  @Override
  public @Nullable Leader leaderOf(int shard) {
    Known known = of(shard);
    return known == null ? null : new Leader(known.node(), known.term());
  }

  @Override
  public void learn(int shard, Leader news) {
    offer(shard, new Known(news.node(), news.term()));
  }
}
