package kvstore.server;

import java.util.function.IntConsumer;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.router.Leaders;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/**
 * Carries word of a new leader from this node's replicas to whoever routes by it. Any thread;
 * called on apply threads, where nothing may block.
 */
final class ShardNews implements IntConsumer {

  /** Tells other nodes that this one leads. */
  interface Announcer {
    void leads(int shard, long term);
  }

  private final NodeId self;
  private final Leaders leaders;
  private volatile @Nullable LocalShards shards;
  private volatile @Nullable Announcer announcer;

  ShardNews(NodeId self, Leaders leaders) {
    this.self = self;
    this.leaders = leaders;
  }

  /** Connects what is made after the replicas can first speak; what they said before is asked. */
  void connect(LocalShards local, Announcer others) {
    this.announcer = others;
    this.shards = local;
    local.all().forEach(shard -> accept(shard.number()));
  }

  @Override
  public void accept(int number) {
    LocalShards local = shards;
    Shard shard = local == null ? null : local.find(number);
    if (shard == null) {
      return;
    }
    Leadership leadership = shard.leadership();
    NodeId leader = leadership.leader();
    if (leader == null) {
      return;
    }
    leaders.offer(number, new Leaders.Known(leader, leadership.term()));
    Announcer others = announcer;
    if (others != null && leadership.isLeader() && leader.equals(self)) {
      others.leads(number, leadership.term());
    }
  }
}
