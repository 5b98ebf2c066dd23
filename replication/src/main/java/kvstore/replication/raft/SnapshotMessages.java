package kvstore.replication.raft;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is said about a snapshot that a replica wants to copy from another; its files travel as the
 * Raft library's. The bytes are in docs/formats/peer-protocol.md.
 */
final class SnapshotMessages {

  /** Behind the library's own, see {@code RaftMessages}. */
  static final int METHOD = 9;

  private static final int ASK = 1;
  private static final int KEEP = 2;
  private static final int END = 3;

  private static final int NONE = 0;
  private static final int OFFERED = 1;
  private static final int LATER = 2;

  private static final int MAX_GROUP_BYTES = 255;
  private static final int REQUEST_BYTES = 1 + Long.BYTES + 1;
  private static final int ANSWER_BYTES = 1 + 2 * Long.BYTES;

  private SnapshotMessages() {}

  sealed interface Request permits Ask, Keep, End {
    String group();
  }

  /**
   * Asks for a snapshot.
   *
   * @param least the log index that it must include, or a later one
   */
  record Ask(String group, long least) implements Request {}

  /** The copy of an offered snapshot goes on. */
  record Keep(String group, long id) implements Request {}

  /** It is over. */
  record End(String group, long id) implements Request {}

  sealed interface Answer permits None, Offered, Later {}

  /** There is no such snapshot here, and none to come. */
  record None() implements Answer {}

  /**
   * It can be copied.
   *
   * @param id of the library's reader
   * @param last the last log index it includes
   */
  record Offered(long id, long last) implements Answer {}

  /** The newest is too old; a newer one is being taken. */
  record Later() implements Answer {}

  static ByteBuf encode(ByteBufAllocator allocator, Request request) {
    byte[] name = request.group().getBytes(StandardCharsets.UTF_8);
    if (name.length > MAX_GROUP_BYTES) {
      throw new IllegalArgumentException(
          "expected a group name of at most " + MAX_GROUP_BYTES + " bytes, but got " + name.length);
    }
    ByteBuf out = allocator.ioBuffer(REQUEST_BYTES + name.length);
    if (request instanceof Ask ask) {
      out.writeByte(ASK).writeLong(ask.least());
    } else if (request instanceof Keep keep) {
      out.writeByte(KEEP).writeLong(keep.id());
    } else if (request instanceof End end) {
      out.writeByte(END).writeLong(end.id());
    }
    return out.writeByte(name.length).writeBytes(name);
  }

  /** Null if it is malformed. */
  static @Nullable Request readRequest(ByteBuf in) {
    if (in.readableBytes() < REQUEST_BYTES) {
      return null;
    }
    int kind = in.readUnsignedByte();
    long number = in.readLong();
    int length = in.readUnsignedByte();
    if (in.readableBytes() != length) {
      return null;
    }
    String group = in.readCharSequence(length, StandardCharsets.UTF_8).toString();
    if (!RaftHost.isName(group)) {
      return null;
    }
    return switch (kind) {
      case ASK -> new Ask(group, number);
      case KEEP -> new Keep(group, number);
      case END -> new End(group, number);
      default -> null;
    };
  }

  static ByteBuf encode(ByteBufAllocator allocator, Answer answer) {
    ByteBuf out = allocator.ioBuffer(ANSWER_BYTES);
    if (answer instanceof Offered offered) {
      return out.writeByte(OFFERED).writeLong(offered.id()).writeLong(offered.last());
    }
    return out.writeByte(answer instanceof Later ? LATER : NONE).writeLong(0).writeLong(0);
  }

  /** Null if it is malformed. */
  static @Nullable Answer readAnswer(ByteBuf in) {
    if (in.readableBytes() != ANSWER_BYTES) {
      return null;
    }
    int kind = in.readUnsignedByte();
    long id = in.readLong();
    long last = in.readLong();
    return switch (kind) {
      case NONE -> new None();
      case OFFERED -> new Offered(id, last);
      case LATER -> new Later();
      default -> null;
    };
  }
}
