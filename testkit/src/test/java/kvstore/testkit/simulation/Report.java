package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.ReplicatedLog;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.DirectoryService;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.ShardEntry;
import kvstore.server.router.Leaders;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/** What a node tells others of its replicas, and its own router of their leaders. */
final class Report implements Supplier<NodeReport>, IntConsumer {

  private final NodeId self;
  private final ClusterView view;
  private final Leaders leaders;
  private final DirectoryService service;
  private @Nullable LocalShards shards;

  Report(NodeId self, ClusterView view, Leaders leaders, DirectoryService service) {
    this.self = self;
    this.view = view;
    this.leaders = leaders;
    this.service = service;
  }

  void connect(LocalShards local) {
    shards = local;
    local.all().forEach(shard -> accept(shard.number()));
  }

  /** A shard has another leader. */
  @Override
  public void accept(int number) {
    LocalShards local = shards;
    Shard shard = local == null ? null : local.find(number);
    NodeId leader = shard == null ? null : shard.leadership().leader();
    if (shard == null || leader == null) {
      return;
    }
    Leadership leadership = shard.leadership();
    leaders.offer(number, new Leaders.Known(leader, leadership.term()));
    if (leadership.isLeader()) {
      service.announcements().leads(number, leadership.term());
    }
  }

  @Override
  public NodeReport get() {
    List<NodeReport.ReplicaReport> replicas = new ArrayList<>();
    ReplicatedLog group = service.localLog();
    if (group != null) {
      replicas.add(report(ShardEntry.DIRECTORY, group, -1, -1));
    }
    LocalShards local = shards;
    for (Shard shard : local == null ? List.<Shard>of() : local.all()) {
      replicas.add(report(shard.number(), shard.log(), shard.firstSlot(), shard.lastSlot()));
    }
    return new NodeReport(self, "1", view.current().version(), replicas);
  }

  private static NodeReport.ReplicaReport report(
      int number, ReplicatedLog log, int firstSlot, int lastSlot) {
    Leadership leadership = log.leadership();
    return new NodeReport.ReplicaReport(
        number,
        leadership.role(),
        leadership.term(),
        leadership.leader(),
        log.progress().appliedIndex(),
        firstSlot,
        lastSlot,
        log.membership().voters(),
        log.membership().learners(),
        0,
        0);
  }
}
