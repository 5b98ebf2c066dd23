package kvstore.server.directory;

import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/** Who leads which shard, as far as this node has heard. Any thread; never blocks. */
public interface LeaderTable {

  /**
   * @param node who leads
   * @param term in which it was seen to lead
   */
  record Leader(NodeId node, long term) {}

  /** The newest leader heard of, or null. */
  @Nullable Leader leaderOf(int shard);

  /** Takes news; of an older term they are ignored. */
  void learn(int shard, Leader news);
}
