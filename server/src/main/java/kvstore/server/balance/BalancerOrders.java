package kvstore.server.balance;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kvstore.replication.NodeId;
import kvstore.server.admin.AdminDesk;
import kvstore.server.admin.Administration.Answer;
import kvstore.server.admin.BalancerStatus;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.Directory;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.DirectoryService;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport.ReplicaReport;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ReplicaEntry.Role;
import kvstore.server.directory.ShardEntry;
import org.jspecify.annotations.Nullable;

/** What an operator orders of the balancer; each order is checked first, and then only begun. */
public final class BalancerOrders implements AdminDesk.Orders {

  private final DirectoryService service;
  private final Balancer balancer;

  public BalancerOrders(DirectoryService service, Balancer balancer) {
    this.service = service;
    this.balancer = balancer;
  }

  @Override
  public CompletionStage<Answer> decommission(String node) {
    return with(now -> {
      NodeEntry entry = node(now, node);
      if (entry.status() == NodeEntry.Status.OUT) {
        throw new IllegalArgumentException(node + " is out of the cluster already");
      }
      if (now.members() == 1 && now.isMember(entry.id())) {
        throw new IllegalArgumentException(
            "expected another node to take over, but " + node + " is the only one");
      }
      int replicas = now.replicas(entry.id());
      return decide(
          new DirectoryCommand.SetStatus(entry.id(), NodeEntry.Status.LEAVING),
          node + " hands over " + replicas + " replicas while it serves, and is then out for good");
    });
  }

  @Override
  public CompletionStage<Answer> move(int number, String from, String to) {
    return with(now -> {
      ShardEntry shard = settled(now, number);
      NodeEntry source = node(now, from);
      NodeEntry target = node(now, to);
      ReplicaEntry replica = shard.replica(source.id());
      if (replica == null || replica.role() != Role.VOTER) {
        throw new IllegalArgumentException(
            "expected a voting replica of shard " + number + " on " + from + ", but it has none");
      }
      ReplicaEntry there = shard.replica(target.id());
      if (there != null && there.role() == Role.VOTER) {
        throw new IllegalArgumentException(
            "expected no replica of shard " + number + " on " + to + ", but it has one");
      }
      if (target.status() != NodeEntry.Status.ACTIVE || !now.isUp(target.id())) {
        throw new IllegalArgumentException("expected " + to + " to be up, but it is not");
      }
      Placement.Move move = new Placement.Move(source.id(), target.id());
      return decide(
          new DirectoryCommand.WantReplicas(shard, new Placement(now, shard).after(move)),
          "shard " + number + " moves from " + from + " to " + to);
    });
  }

  @Override
  public CompletionStage<Answer> transfer(int number, String to) {
    return with(now -> {
      ShardEntry shard = settled(now, number);
      NodeEntry target = node(now, to);
      ReplicaReport leader = now.leader(number);
      NodeId at = leader == null ? null : leader.leader();
      if (!shard.nodes(Role.VOTER).contains(target.id())) {
        throw new IllegalArgumentException(
            "expected a voter of shard " + number + ", but " + to + " is none");
      }
      if (at == null) {
        throw new IllegalArgumentException("shard " + number + " has no leader");
      }
      String text = "shard " + number + " is handed from " + at + " to " + to;
      if (at.equals(target.id())) {
        return CompletableFuture.completedFuture(Answer.ok(to + " leads shard " + number));
      }
      return CompletableFuture.completedFuture(
          balancer.begin(new Action.Transfer(number, at, target.id(), text))
              ? Answer.ok(text)
              : new Answer(false, "TRYAGAIN another step is under way"));
    });
  }

  @Override
  public CompletionStage<Answer> split(int number, @Nullable Integer atSlot) {
    return with(now -> {
      ShardEntry shard = settled(now, number);
      int slot =
          atSlot == null
              ? shard.firstSlot() + (shard.lastSlot() - shard.firstSlot() + 1) / 2
              : atSlot;
      int child = now.state().nextShard();
      return decide(
          new DirectoryCommand.BeginSplit(number, child, slot),
          "shard " + number + " is split at slot " + slot + " into shard " + child);
    });
  }

  @Override
  public CompletionStage<Answer> rebalance() {
    return with(now ->
        CompletableFuture.completedFuture(
            now.state().settings().balance()
                ? Answer.ok("replicas and leaders are being evened out all the time")
                : Answer.refused("expected the setting balance to be true, but it is false")));
  }

  @Override
  public BalancerStatus status() {
    return balancer.status();
  }

  private interface Order {
    CompletionStage<Answer> give(Situation now);
  }

  private CompletionStage<Answer> with(Order order) {
    Situation now = balancer.situation();
    if (now == null) {
      return CompletableFuture.completedFuture(
          new Answer(false, "TRYAGAIN the directory is changing its leader"));
    }
    try {
      return order.give(now);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(Answer.refused(String.valueOf(e.getMessage())));
    }
  }

  private CompletionStage<Answer> decide(DirectoryCommand command, String text) {
    Directory directory = service.local();
    if (directory == null) {
      return CompletableFuture.completedFuture(
          new Answer(false, "TRYAGAIN the directory is changing its leader"));
    }
    CompletionStage<ClusterState> done = directory.propose(command);
    return done.thenApply(state -> Answer.ok(text));
  }

  private static NodeEntry node(Situation now, String name) {
    for (NodeEntry node : now.state().nodes()) {
      if (node.id().value().equals(name)) {
        return node;
      }
    }
    throw new IllegalArgumentException("no node is called '" + name + "'");
  }

  private static ShardEntry settled(Situation now, int number) {
    ShardEntry shard = now.state().shard(number);
    if (shard == null || shard.isDirectory()) {
      throw new IllegalArgumentException("there is no shard " + number);
    }
    if (!now.isSettled(shard)) {
      throw new IllegalArgumentException(
          "shard " + number + " is changing; wait until it has settled");
    }
    return shard;
  }
}
