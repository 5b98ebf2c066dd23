package kvstore.server.net;

import java.util.List;
import java.util.StringJoiner;
import kvstore.replication.NodeId;
import kvstore.server.directory.ShardEntry;

/** The lines of CLUSTER NODES and CLUSTER REPLICAS, in the format that clients parse. */
final class NodeLines {

  private final Topology topology;
  private final long nowMs;

  /**
   * @param nowMs milliseconds since the epoch
   */
  NodeLines(Topology topology, long nowMs) {
    this.topology = topology;
    this.nowMs = nowMs;
  }

  String all() {
    StringBuilder text = new StringBuilder();
    for (Topology.Member member : topology.members()) {
      text.append(of(member)).append('\n');
    }
    return text.toString();
  }

  /** One node: id, address, flags, master, ping sent, pong received, epoch, link, slots. */
  String of(Topology.Member member) {
    StringJoiner line = new StringJoiner(" ");
    line.add(member.hexId());
    line.add(
        member.entry().host()
            + ":"
            + Topology.portOf(member.entry())
            + "@"
            + member.entry().peerPort());
    line.add(flags(member));
    line.add(master(member.follows()));
    line.add(member.isUp() ? "0" : Long.toString(member.entry().downSinceMs()));
    line.add(Long.toString(member.isUp() ? nowMs : member.entry().downSinceMs()));
    line.add(Long.toString(member.epoch()));
    line.add(member.isUp() ? "connected" : "disconnected");
    addRanges(member.led(), line);
    return line.toString();
  }

  private static String flags(Topology.Member member) {
    return (member.self() ? "myself," : "")
        + (member.isReplica() ? "slave" : "master")
        + (member.isUp() ? "" : ",fail");
  }

  private String master(@org.jspecify.annotations.Nullable NodeId follows) {
    Topology.Member master = topology.member(follows);
    return master == null ? "-" : master.hexId();
  }

  /** Shards that lie side by side make one range. */
  private static void addRanges(List<ShardEntry> led, StringJoiner line) {
    for (int i = 0; i < led.size(); i++) {
      int first = led.get(i).firstSlot();
      while (i + 1 < led.size() && led.get(i + 1).firstSlot() == led.get(i).lastSlot() + 1) {
        i++;
      }
      int last = led.get(i).lastSlot();
      line.add(first == last ? Integer.toString(first) : first + "-" + last);
    }
  }
}
