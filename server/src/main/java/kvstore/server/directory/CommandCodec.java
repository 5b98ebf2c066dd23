package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import kvstore.server.directory.DirectoryCommand.AbortSplit;
import kvstore.server.directory.DirectoryCommand.AddNode;
import kvstore.server.directory.DirectoryCommand.BeginSplit;
import kvstore.server.directory.DirectoryCommand.ChangeSetting;
import kvstore.server.directory.DirectoryCommand.FinishSplit;
import kvstore.server.directory.DirectoryCommand.ForgetReplica;
import kvstore.server.directory.DirectoryCommand.Found;
import kvstore.server.directory.DirectoryCommand.MarkDown;
import kvstore.server.directory.DirectoryCommand.MarkUp;
import kvstore.server.directory.DirectoryCommand.SetNode;
import kvstore.server.directory.DirectoryCommand.SetStatus;
import kvstore.server.directory.DirectoryCommand.WantReplicas;

/** Directory commands as log entries: {@code [format u8][type u8][fields]}. */
final class CommandCodec {

  static final int FORMAT = 1;

  private static final int FOUND_WITHOUT_SPREAD = 1;
  private static final int ADD_NODE = 2;
  private static final int SET_NODE = 3;
  private static final int SET_STATUS = 4;
  private static final int MARK_DOWN = 5;
  private static final int MARK_UP = 6;
  private static final int WANT_REPLICAS = 7;
  private static final int FORGET_REPLICA = 8;
  private static final int BEGIN_SPLIT = 9;
  private static final int FINISH_SPLIT = 10;
  private static final int ABORT_SPLIT = 11;
  private static final int CHANGE_SETTING = 12;
  private static final int FOUND = 13;

  private CommandCodec() {}

  /**
   * @throws IllegalArgumentException if a text or the whole is too long
   */
  static byte[] encode(DirectoryCommand command) {
    byte[] bytes =
        Fields.bytes(out -> {
          out.writeByte(FORMAT);
          if (!writeOfNode(out, command)) {
            writeOfShard(out, command);
          }
        });
    if (bytes.length > Fields.MOST_BYTES) {
      throw new IllegalArgumentException(
          "expected a command of at most 16 MiB, but it has " + bytes.length + " bytes");
    }
    return bytes;
  }

  private static boolean writeOfNode(ByteBuf out, DirectoryCommand command) {
    if (command instanceof AddNode add) {
      StateCodec.writeNode(out.writeByte(ADD_NODE), add.node());
    } else if (command instanceof SetNode set) {
      Fields.writeNode(out.writeByte(SET_NODE), set.node());
      Fields.writeText(out, set.host());
      out.writeShort(set.port()).writeShort(set.clusterPort()).writeShort(set.peerPort());
      Fields.writeText(out, set.zone());
      Fields.writeText(out, set.release());
    } else if (command instanceof SetStatus set) {
      Fields.writeNode(out.writeByte(SET_STATUS), set.node());
      out.writeByte(set.status().ordinal());
    } else if (command instanceof MarkDown down) {
      Fields.writeNode(out.writeByte(MARK_DOWN), down.node());
      out.writeLong(down.sinceMs());
    } else if (command instanceof MarkUp up) {
      Fields.writeNode(out.writeByte(MARK_UP), up.node());
    } else {
      return false;
    }
    return true;
  }

  private static void writeOfShard(ByteBuf out, DirectoryCommand command) {
    if (command instanceof Found found) {
      Fields.writeText(out.writeByte(FOUND), found.clusterId());
      StateCodec.writeSettings(out, found.settings());
      StateCodec.writeNodes(out, found.nodes());
      StateCodec.writeShards(out, found.shards());
    } else if (command instanceof WantReplicas want) {
      StateCodec.writeShard(out.writeByte(WANT_REPLICAS), want.expected());
      StateCodec.writeReplicas(out, want.replicas());
    } else if (command instanceof ForgetReplica forget) {
      Fields.writeNode(out.writeByte(FORGET_REPLICA).writeInt(forget.shard()), forget.node());
    } else if (command instanceof BeginSplit begin) {
      out.writeByte(BEGIN_SPLIT).writeInt(begin.parent()).writeInt(begin.child());
      StateCodec.writeSlot(out, begin.atSlot());
    } else if (command instanceof FinishSplit finish) {
      out.writeByte(FINISH_SPLIT).writeInt(finish.parent());
    } else if (command instanceof AbortSplit abort) {
      out.writeByte(ABORT_SPLIT).writeInt(abort.parent());
    } else if (command instanceof ChangeSetting change) {
      Fields.writeText(out.writeByte(CHANGE_SETTING), change.name());
      Fields.writeText(out, change.value());
    } else {
      throw new IllegalArgumentException("expected a known command, but got " + command);
    }
  }

  /**
   * @throws IllegalArgumentException if it is malformed, or of a newer release
   */
  static DirectoryCommand decode(ByteBuffer entry) {
    return Fields.read("directory command", entry, CommandCodec::read);
  }

  static DirectoryCommand read(ByteBuf in) {
    Fields.readFormat("directory command", in, FORMAT);
    int type = in.readUnsignedByte();
    return switch (type) {
      case FOUND_WITHOUT_SPREAD -> readFound(in, StateCodec.WITHOUT_SPREAD);
      case ADD_NODE -> new AddNode(StateCodec.readNode(in));
      case SET_NODE -> readSetNode(in);
      case SET_STATUS ->
          new SetStatus(Fields.readNode(in), Fields.readEnum(in, NodeEntry.Status.values()));
      case MARK_DOWN -> new MarkDown(Fields.readNode(in), Fields.readPositive(in));
      case MARK_UP -> new MarkUp(Fields.readNode(in));
      case WANT_REPLICAS -> new WantReplicas(StateCodec.readShard(in), StateCodec.readReplicas(in));
      case FORGET_REPLICA -> new ForgetReplica(Fields.readNumber(in), Fields.readNode(in));
      case BEGIN_SPLIT ->
          new BeginSplit(Fields.readNumber(in), Fields.readNumber(in), StateCodec.readSlot(in));
      case FINISH_SPLIT -> new FinishSplit(Fields.readNumber(in));
      case ABORT_SPLIT -> new AbortSplit(Fields.readNumber(in));
      case CHANGE_SETTING -> new ChangeSetting(Fields.readText(in), Fields.readText(in));
      case FOUND -> readFound(in, StateCodec.FORMAT);
      default ->
          throw new IllegalArgumentException(
              "expected a directory command of type 1 to 13, but got "
                  + type
                  + ": written by a newer release; upgrade this node");
    };
  }

  private static Found readFound(ByteBuf in, int format) {
    return new Found(
        Fields.readText(in),
        StateCodec.readSettings(in, format),
        StateCodec.readNodes(in),
        StateCodec.readShards(in));
  }

  private static SetNode readSetNode(ByteBuf in) {
    return new SetNode(
        Fields.readNode(in),
        Fields.readText(in),
        in.readUnsignedShort(),
        in.readUnsignedShort(),
        in.readUnsignedShort(),
        Fields.readText(in),
        Fields.readText(in));
  }
}
