package kvstore.server.net;

import static kvstore.server.net.Arguments.lower;
import static kvstore.server.net.Arguments.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import kvstore.protocol.Reply;
import kvstore.protocol.Slots;
import kvstore.server.console.ShardStatus;
import kvstore.server.directory.ShardEntry;

/** CLUSTER: what cluster-aware clients ask, answered by every node through both client ports. */
final class ClusterCommand implements SessionCommand {

  private final Gateway gateway;

  ClusterCommand(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public void run(Session session, byte[][] arguments, ReplySlot slot) {
    String subcommand = lower(arguments[1]);
    switch (subcommand) {
      case "countkeysinslot", "getkeysinslot" -> keysInSlot(session, arguments, slot);
      default -> slot.reply(answer(subcommand, arguments));
    }
  }

  /** Asks the shard that holds the slot; without the number of keys wanted, only counts them. */
  private void keysInSlot(Session session, byte[][] arguments, ReplySlot slot) {
    OptionalLong number = Arguments.number(arguments[2]);
    boolean counting = arguments.length == 3;
    OptionalLong most = counting ? OptionalLong.of(0) : Arguments.number(arguments[3]);
    if (number.isEmpty() || most.isEmpty()) {
      slot.reply(Failures.NOT_AN_INTEGER);
    } else if (number.getAsLong() < 0
        || number.getAsLong() >= Slots.COUNT
        || most.getAsLong() < 0) {
      slot.reply(Failures.error(counting ? "Invalid slot" : "Invalid slot or number of keys"));
    } else {
      boolean ordered = session.connection().hasUnansweredBefore();
      int hashSlot = (int) number.getAsLong();
      if (counting) {
        gateway.data().countKeys(hashSlot, ordered, slot);
      } else {
        gateway.data().listKeys(hashSlot, most.getAsLong(), ordered, slot);
      }
    }
  }

  private Reply answer(String subcommand, byte[][] arguments) {
    return switch (subcommand) {
      case "slots" -> shardReplies().slots();
      case "shards" -> shardReplies().shards();
      case "nodes" -> new Reply.Verbatim("txt", lines(topology()).all());
      case "info" -> new Reply.Verbatim("txt", info(topology()));
      case "myid" -> Reply.bulk(HexIds.ofNode(clusterId(), gateway.node().id()));
      case "myshardid" -> Reply.bulk(shardId(topology()));
      case "links" -> links(topology());
      case "keyslot" -> new Reply.Int(Slots.slotOf(arguments[2]));
      case "replicas", "slaves" -> replicas(text(arguments[2]));
      case "count-failure-reports" -> failureReports(text(arguments[2]));
      default ->
          Failures.error(
              "CLUSTER "
                  + subcommand.toUpperCase(Locale.ROOT)
                  + " is not offered: the cluster places shards by itself. See ./kv_store cluster");
    };
  }

  private Topology topology() {
    return Topology.of(gateway.node(), gateway.endpoints());
  }

  private String clusterId() {
    return gateway.node().cluster().clusterId();
  }

  private NodeLines lines(Topology topology) {
    return new NodeLines(topology, gateway.clock().millis());
  }

  private ShardReplies shardReplies() {
    long applied =
        gateway.node().shards().stream()
            .map(ShardStatus::progress)
            .mapToLong(ShardStatus.Progress::appliedIndex)
            .max()
            .orElse(0);
    return new ShardReplies(topology(), clusterId(), applied);
  }

  private static String info(Topology topology) {
    int assigned = 0;
    int served = 0;
    for (Topology.ShardView shard : topology.shards()) {
      int slots = shard.entry().lastSlot() - shard.entry().firstSlot() + 1;
      assigned += shard.owner() == null ? 0 : slots;
      served += shard.led() ? slots : 0;
    }
    Topology.Member self = topology.self();
    return new InfoText()
        .line("cluster_state", served == Slots.COUNT ? "ok" : "fail")
        .line("cluster_slots_assigned", assigned)
        .line("cluster_slots_ok", served)
        .line("cluster_slots_pfail", assigned - served)
        .line("cluster_slots_fail", 0)
        .line("cluster_known_nodes", topology.members().size())
        .line(
            "cluster_size",
            topology.members().stream().filter(each -> !each.led().isEmpty()).count())
        .line(
            "cluster_current_epoch",
            topology.members().stream().mapToLong(Topology.Member::epoch).max().orElse(0))
        .line("cluster_my_epoch", self == null ? 0 : self.epoch())
        .toString();
  }

  /** The first of the shards that the node owns, else the first of which it has a replica. */
  private String shardId(Topology topology) {
    Topology.Member self = topology.self();
    if (self != null && !self.led().isEmpty()) {
      return HexIds.ofShard(clusterId(), self.led().get(0).number());
    }
    int number =
        topology.shards().stream()
            .map(Topology.ShardView::entry)
            .filter(shard -> shard.replica(gateway.node().id()) != null)
            .mapToInt(ShardEntry::number)
            .min()
            .orElse(ShardEntry.DIRECTORY);
    return HexIds.ofShard(clusterId(), number);
  }

  /** A node has one connection to each other node, over which both send. */
  private static Reply links(Topology topology) {
    List<Reply> links = new ArrayList<>();
    for (Topology.Member member : topology.members()) {
      if (!member.self() && member.connected()) {
        links.add(
            new Reply.Pairs(
                List.of(
                    Reply.bulk("direction"),
                    Reply.bulk("to"),
                    Reply.bulk("node"),
                    Reply.bulk(member.hexId()),
                    Reply.bulk("node-id"),
                    Reply.bulk(member.entry().id().value()))));
      }
    }
    return new Reply.Array(links);
  }

  private Reply replicas(String id) {
    Topology topology = topology();
    Topology.Member master = topology.named(id);
    if (master == null) {
      return unknownNode(id);
    }
    if (master.isReplica()) {
      return Failures.error("The specified node is not a master");
    }
    NodeLines lines = lines(topology);
    return new Reply.Array(
        topology.replicasOf(master).stream()
            .map(replica -> Reply.bulk(lines.of(replica)))
            .toList());
  }

  private Reply failureReports(String id) {
    Topology.Member member = topology().named(id);
    return member == null ? unknownNode(id) : new Reply.Int(member.isUp() ? 0 : 1);
  }

  private static Reply unknownNode(String id) {
    return Failures.error("Unknown node " + id);
  }
}
