package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.directory.NodeReport.ReplicaReport;
import org.jspecify.annotations.Nullable;

/** Reports of nodes as bytes; see docs/formats/directory.md. */
final class ReportCodec {

  static final int FORMAT = 1;

  private ReportCodec() {}

  static byte[] encode(NodeReport report) {
    return Fields.bytes(out -> {
      out.writeByte(FORMAT);
      Fields.writeNode(out, report.node());
      Fields.writeText(out, report.release());
      out.writeLong(report.stateVersion());
      out.writeShort(report.replicas().size());
      report.replicas().forEach(replica -> write(out, replica));
    });
  }

  static NodeReport decode(ByteBuf body) {
    return Fields.read(
        "report",
        body,
        in -> {
          Fields.readFormat("report", in, FORMAT);
          NodeId node = Fields.readNode(in);
          String release = Fields.readText(in);
          long version = Fields.readPositive(in);
          List<ReplicaReport> replicas = new ArrayList<>();
          for (int left = Fields.readCount(in); left > 0; left--) {
            replicas.add(replica(in));
          }
          return new NodeReport(node, release, version, replicas);
        });
  }

  private static void write(ByteBuf out, ReplicaReport replica) {
    out.writeInt(replica.shard());
    out.writeByte(replica.role().ordinal());
    out.writeLong(replica.term());
    NodeId leader = replica.leader();
    out.writeBoolean(leader != null);
    if (leader != null) {
      Fields.writeNode(out, leader);
    }
    out.writeLong(replica.appliedIndex());
    StateCodec.writeSlot(out, replica.firstSlot());
    StateCodec.writeSlot(out, replica.lastSlot());
    Fields.writeNodes(out, replica.voters());
    Fields.writeNodes(out, replica.learners());
    out.writeLong(replica.bytes());
    out.writeLong(replica.opsPerSecond());
  }

  private static ReplicaReport replica(ByteBuf in) {
    int shard = Fields.readNumber(in);
    Leadership.Role role = Fields.readEnum(in, Leadership.Role.values());
    long term = Fields.readPositive(in);
    @Nullable NodeId leader = Fields.readFlag(in) ? Fields.readNode(in) : null;
    return new ReplicaReport(
        shard,
        role,
        term,
        leader,
        Fields.readPositive(in),
        StateCodec.readSlot(in),
        StateCodec.readSlot(in),
        nodes(in),
        nodes(in),
        Fields.readPositive(in),
        Fields.readPositive(in));
  }

  private static Set<NodeId> nodes(ByteBuf in) {
    Set<NodeId> nodes = new HashSet<>();
    for (int left = Fields.readCount(in); left > 0; left--) {
      nodes.add(Fields.readNode(in));
    }
    return nodes;
  }
}
