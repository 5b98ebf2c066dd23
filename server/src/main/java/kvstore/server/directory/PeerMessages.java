package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.TreeMap;
import kvstore.server.directory.LeaderTable.Leader;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of the peer methods 101 to 104 and 121, as docs/formats/directory.md specifies them; the
 * first byte of each is the format, 1.
 */
final class PeerMessages {

  static final int LEADERS = 101;
  static final int REPORT = 102;
  static final int PULL = 103;
  static final int PUSH = 104;
  static final int ADMIN = 121;

  static final int FORMAT = 1;

  /**
   * What a node answers to a report or a pull.
   *
   * @param taken whether the node leads the directory and has taken the report
   * @param state the newest it has, if that is newer than the asker's
   * @param leaders of shards, as far as known
   */
  record News(boolean taken, @Nullable ClusterState state, Map<Integer, Leader> leaders) {}

  /** What is asked of the directory's leader. */
  sealed interface Ask permits Propose, Order {}

  record Propose(DirectoryCommand command) implements Ask {}

  /** An administration command, whose bytes are not the directory's business. */
  record Order(byte[] bytes) implements Ask {}

  /** What the node asked answers. */
  sealed interface Answer permits Done, Failed, Ordered {}

  record Done(ClusterState state) implements Answer {}

  record Ordered(byte[] bytes) implements Answer {}

  /**
   * @param leader of the directory as known there, or null
   */
  record Failed(DirectoryException.Reason reason, String message, @Nullable Leader leader)
      implements Answer {}

  private static final int ASK_PROPOSE = 0;
  private static final int ASK_ORDER = 1;

  private static final int ANSWER_DONE = 0;
  private static final int ANSWER_ORDERED = 1;
  private static final int ANSWER_FAILED = 2;

  private static final int MOST_MESSAGE = 500;

  private PeerMessages() {}

  static byte[] leaders(Map<Integer, Leader> leaders) {
    return Fields.bytes(out -> writeLeaders(out.writeByte(FORMAT), leaders));
  }

  static Map<Integer, Leader> readLeaders(ByteBuf body) {
    return Fields.read(
        "word of leaders",
        body,
        in -> {
          Fields.readFormat("word of leaders", in, FORMAT);
          return leaders(in);
        });
  }

  static byte[] version(long version) {
    return Fields.bytes(out -> out.writeByte(FORMAT).writeLong(version));
  }

  /** A pull, or the answer to a push: the version that a node has. */
  static long readVersion(ByteBuf body) {
    return Fields.read(
        "version",
        body,
        in -> {
          Fields.readFormat("version", in, FORMAT);
          return Fields.readPositive(in);
        });
  }

  static byte[] push(ClusterState state) {
    return Fields.bytes(out -> StateCodec.write(out.writeByte(FORMAT), state));
  }

  static ClusterState readPush(ByteBuf body) {
    return Fields.read(
        "push",
        body,
        in -> {
          Fields.readFormat("push", in, FORMAT);
          return StateCodec.read(in);
        });
  }

  static byte[] news(News news) {
    return Fields.bytes(out -> {
      out.writeByte(FORMAT).writeBoolean(news.taken());
      ClusterState state = news.state();
      out.writeBoolean(state != null);
      if (state != null) {
        StateCodec.write(out, state);
      }
      writeLeaders(out, news.leaders());
    });
  }

  static News readNews(ByteBuf body) {
    return Fields.read(
        "answer to a report",
        body,
        in -> {
          Fields.readFormat("answer to a report", in, FORMAT);
          boolean taken = Fields.readFlag(in);
          @Nullable ClusterState state = Fields.readFlag(in) ? StateCodec.read(in) : null;
          return new News(taken, state, leaders(in));
        });
  }

  static byte[] ask(Ask ask) {
    return Fields.bytes(out -> {
      out.writeByte(FORMAT);
      if (ask instanceof Propose propose) {
        out.writeByte(ASK_PROPOSE).writeBytes(CommandCodec.encode(propose.command()));
      } else if (ask instanceof Order order) {
        out.writeByte(ASK_ORDER).writeBytes(order.bytes());
      }
    });
  }

  static Ask readAsk(ByteBuf body) {
    return Fields.read(
        "question to the directory",
        body,
        in -> {
          Fields.readFormat("question to the directory", in, FORMAT);
          int kind = in.readUnsignedByte();
          return switch (kind) {
            case ASK_PROPOSE -> new Propose(CommandCodec.read(in));
            case ASK_ORDER -> new Order(rest(in));
            default -> throw unknown("a question", kind);
          };
        });
  }

  static byte[] answer(Answer answer) {
    return Fields.bytes(out -> {
      out.writeByte(FORMAT);
      if (answer instanceof Done done) {
        StateCodec.write(out.writeByte(ANSWER_DONE), done.state());
      } else if (answer instanceof Ordered ordered) {
        out.writeByte(ANSWER_ORDERED).writeBytes(ordered.bytes());
      } else if (answer instanceof Failed failed) {
        out.writeByte(ANSWER_FAILED).writeByte(failed.reason().ordinal());
        Fields.writeText(out, shortened(failed.message()));
        Leader leader = failed.leader();
        out.writeBoolean(leader != null);
        if (leader != null) {
          writeLeader(out, leader);
        }
      }
    });
  }

  static Answer readAnswer(ByteBuf body) {
    return Fields.read(
        "answer of the directory",
        body,
        in -> {
          Fields.readFormat("answer of the directory", in, FORMAT);
          int kind = in.readUnsignedByte();
          return switch (kind) {
            case ANSWER_DONE -> new Done(StateCodec.read(in));
            case ANSWER_ORDERED -> new Ordered(rest(in));
            case ANSWER_FAILED ->
                new Failed(
                    Fields.readEnum(in, DirectoryException.Reason.values()),
                    Fields.readText(in),
                    Fields.readFlag(in) ? leader(in) : null);
            default -> throw unknown("an answer", kind);
          };
        });
  }

  private static IllegalArgumentException unknown(String what, int kind) {
    return new IllegalArgumentException("expected " + what + " of a known kind, but got " + kind);
  }

  private static byte[] rest(ByteBuf in) {
    byte[] bytes = new byte[in.readableBytes()];
    in.readBytes(bytes);
    return bytes;
  }

  /** Made ASCII, so that characters are bytes. */
  private static String shortened(String message) {
    String ascii = message.replaceAll("[^\\x20-\\x7e]", "?");
    return ascii.length() <= MOST_MESSAGE ? ascii : ascii.substring(0, MOST_MESSAGE) + "...";
  }

  private static void writeLeaders(ByteBuf out, Map<Integer, Leader> leaders) {
    out.writeShort(leaders.size());
    new TreeMap<>(leaders).forEach((shard, leader) -> writeLeader(out.writeInt(shard), leader));
  }

  private static Map<Integer, Leader> leaders(ByteBuf in) {
    Map<Integer, Leader> leaders = new TreeMap<>();
    for (int left = Fields.readCount(in); left > 0; left--) {
      leaders.put(Fields.readNumber(in), leader(in));
    }
    return leaders;
  }

  private static void writeLeader(ByteBuf out, Leader leader) {
    Fields.writeNode(out, leader.node());
    out.writeLong(leader.term());
  }

  private static Leader leader(ByteBuf in) {
    return new Leader(Fields.readNode(in), Fields.readPositive(in));
  }
}
