package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import kvstore.server.directory.ShardEntry.SplitEntry;
import org.jspecify.annotations.Nullable;

/** Cluster states and their parts as bytes; see docs/formats/directory.md. */
final class StateCodec {

  /** The newest format of a state that this release reads, and the one it writes. */
  static final int FORMAT = 2;

  /** The format of states, and of the settings in them, before they could say when to spread. */
  static final int WITHOUT_SPREAD = 1;

  /** What those mean, whatever the default of now is: all replicas must read the same. */
  private static final long SPREAD_WITHOUT = 16L << 20;

  private static final int NO_SLOT = 0xffff;
  private static final int LAST_SLOT = 16_383;

  private StateCodec() {}

  static byte[] encode(ClusterState state) {
    return Fields.bytes(out -> write(out, state));
  }

  static void write(ByteBuf out, ClusterState state) {
    out.writeByte(FORMAT);
    out.writeLong(state.version());
    Fields.writeText(out, state.clusterId());
    writeSettings(out, state.settings());
    out.writeInt(state.nextShard());
    writeNodes(out, state.nodes());
    writeShards(out, state.shards());
  }

  /** Reads a state, from which other fields may follow. */
  static ClusterState read(ByteBuf in) {
    int format = Fields.readFormat("cluster state", in, FORMAT);
    long version = Fields.readPositive(in);
    String clusterId = Fields.readText(in);
    Settings settings = readSettings(in, format);
    int nextShard = Fields.readNumber(in);
    return new ClusterState(version, clusterId, settings, readNodes(in), readShards(in), nextShard);
  }

  static void writeSettings(ByteBuf out, Settings settings) {
    out.writeShort(settings.replicas());
    out.writeShort(settings.shardsPerNode());
    out.writeLong(settings.spreadMinBytes());
    out.writeLong(settings.splitBytes());
    out.writeLong(settings.splitOpsPerSecond());
    out.writeLong(settings.replaceAfterMs());
    out.writeLong(settings.copyBytesPerSecond());
    out.writeBoolean(settings.balance());
  }

  static Settings readSettings(ByteBuf in, int format) {
    return new Settings(
        in.readUnsignedShort(),
        in.readUnsignedShort(),
        format == WITHOUT_SPREAD ? SPREAD_WITHOUT : Fields.readPositive(in),
        Fields.readPositive(in),
        Fields.readPositive(in),
        Fields.readPositive(in),
        Fields.readPositive(in),
        Fields.readFlag(in));
  }

  static void writeNodes(ByteBuf out, List<NodeEntry> nodes) {
    out.writeShort(nodes.size());
    nodes.forEach(node -> writeNode(out, node));
  }

  static List<NodeEntry> readNodes(ByteBuf in) {
    List<NodeEntry> nodes = new ArrayList<>();
    for (int left = Fields.readCount(in); left > 0; left--) {
      nodes.add(readNode(in));
    }
    return nodes;
  }

  static void writeNode(ByteBuf out, NodeEntry node) {
    Fields.writeNode(out, node.id());
    Fields.writeText(out, node.host());
    out.writeShort(node.port());
    out.writeShort(node.clusterPort());
    out.writeShort(node.peerPort());
    Fields.writeText(out, node.zone());
    out.writeByte(node.status().ordinal());
    Fields.writeText(out, node.release());
    out.writeLong(node.downSinceMs());
  }

  static NodeEntry readNode(ByteBuf in) {
    return new NodeEntry(
        Fields.readNode(in),
        Fields.readText(in),
        in.readUnsignedShort(),
        in.readUnsignedShort(),
        in.readUnsignedShort(),
        Fields.readText(in),
        Fields.readEnum(in, NodeEntry.Status.values()),
        Fields.readText(in),
        Fields.readPositive(in));
  }

  static void writeShards(ByteBuf out, List<ShardEntry> shards) {
    out.writeShort(shards.size());
    shards.forEach(shard -> writeShard(out, shard));
  }

  static List<ShardEntry> readShards(ByteBuf in) {
    List<ShardEntry> shards = new ArrayList<>();
    for (int left = Fields.readCount(in); left > 0; left--) {
      shards.add(readShard(in));
    }
    return shards;
  }

  static void writeShard(ByteBuf out, ShardEntry shard) {
    out.writeInt(shard.number());
    writeSlot(out, shard.firstSlot());
    writeSlot(out, shard.lastSlot());
    SplitEntry split = shard.split();
    out.writeBoolean(split != null);
    if (split != null) {
      out.writeInt(split.child());
      writeSlot(out, split.atSlot());
    }
    writeReplicas(out, shard.replicas());
  }

  static ShardEntry readShard(ByteBuf in) {
    int number = Fields.readNumber(in);
    int first = readSlot(in);
    int last = readSlot(in);
    @Nullable SplitEntry split =
        Fields.readFlag(in) ? new SplitEntry(Fields.readNumber(in), readSlot(in)) : null;
    return new ShardEntry(number, first, last, readReplicas(in), split);
  }

  static void writeReplicas(ByteBuf out, List<ReplicaEntry> replicas) {
    out.writeShort(replicas.size());
    for (ReplicaEntry replica : replicas) {
      Fields.writeNode(out, replica.node());
      out.writeByte(replica.role().ordinal());
    }
  }

  static List<ReplicaEntry> readReplicas(ByteBuf in) {
    List<ReplicaEntry> replicas = new ArrayList<>();
    for (int left = Fields.readCount(in); left > 0; left--) {
      replicas.add(
          new ReplicaEntry(Fields.readNode(in), Fields.readEnum(in, ReplicaEntry.Role.values())));
    }
    return replicas;
  }

  static void writeSlot(ByteBuf out, int slot) {
    out.writeShort(slot < 0 ? NO_SLOT : slot);
  }

  /** A slot, or -1 for none. */
  static int readSlot(ByteBuf in) {
    int slot = in.readUnsignedShort();
    if (slot == NO_SLOT) {
      return -1;
    }
    if (slot > LAST_SLOT) {
      throw new IllegalArgumentException("expected a slot of 0 to 16383, but got " + slot);
    }
    return slot;
  }
}
