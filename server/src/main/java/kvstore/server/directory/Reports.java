package kvstore.server.directory;

import java.util.HashMap;
import java.util.Map;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * The newest report of each node, at the directory's leader. Kept since it began to lead, so at
 * most as old as that. Any thread; never blocks.
 */
public final class Reports {

  /**
   * @param atNanos when it came, by {@link DirectoryService#nanoTime}
   */
  public record Arrived(NodeReport report, long atNanos) {}

  private final Map<NodeId, Arrived> newest = new HashMap<>();

  Reports() {}

  /** Forgets what came to an earlier tenure. */
  synchronized void clear() {
    newest.clear();
  }

  synchronized void take(NodeReport report, long nowNanos) {
    newest.put(report.node(), new Arrived(report, nowNanos));
  }

  /** The newest report of a node, or null if none has come yet. */
  public synchronized @Nullable Arrived of(NodeId node) {
    return newest.get(node);
  }

  /** All of them, as they are now. */
  public synchronized Map<NodeId, Arrived> all() {
    return Map.copyOf(newest);
  }
}
