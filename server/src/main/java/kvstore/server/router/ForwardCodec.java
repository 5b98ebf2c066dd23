package kvstore.server.router;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.protocol.ProtocolVersion;
import kvstore.protocol.Reply;
import kvstore.protocol.ReplyDecoder;
import kvstore.protocol.RespEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of the peer method {@code FORWARD}, as docs/formats/forward.md specifies them. Integers
 * are big endian.
 *
 * <pre>
 * request:  [version u8 = 1][shard u32][term u64][flags u8][time left, ms u32]
 *           [operation id u16][argument count u32]([length u32][bytes])*
 * response: [kind u8: 0 reply, 1 unavailable, 2 not leading, 3 null array]
 *           reply: RESP3; unavailable: [reason u8]; others: nothing
 * </pre>
 */
final class ForwardCodec {

  static final int VERSION = 1;
  private static final int ORDERED = 1;
  private static final int QUORUM = 2;

  private static final int KIND_REPLY = 0;
  private static final int KIND_UNAVAILABLE = 1;
  private static final int KIND_NOT_LEADING = 2;

  /** An aborted transaction, which RESP3 can not tell from a missing value, but RESP2 can. */
  private static final int KIND_NULL_ARRAY = 3;

  /** What a forwarding node asks of the leader. */
  record ForwardRequest(
      int shard, long term, boolean ordered, ReadMode mode, long millisLeft, Command command) {}

  private ForwardCodec() {}

  static void writeRequest(ByteBuf out, int shard, long term, Routed routed, long nowNanos) {
    out.writeByte(VERSION);
    out.writeInt(shard);
    out.writeLong(term);
    out.writeByte(
        (routed.ordered() ? ORDERED : 0) | (routed.mode() == ReadMode.QUORUM ? QUORUM : 0));
    long left = TimeUnit.NANOSECONDS.toMillis(routed.deadlineNanos() - nowNanos);
    out.writeInt((int) Math.max(1, Math.min(Integer.MAX_VALUE, left)));
    Command command = routed.command();
    out.writeShort(command.operation().id());
    out.writeInt(command.arguments().length);
    for (byte[] argument : command.arguments()) {
      out.writeInt(argument.length);
      out.writeBytes(argument);
    }
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a request of a known version
   */
  static ForwardRequest readRequest(ByteBuf in) {
    try {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new IllegalArgumentException(
            "expected forward version " + VERSION + ", but got " + version);
      }
      int shard = in.readInt();
      long term = in.readLong();
      int flags = in.readUnsignedByte();
      long millisLeft = in.readUnsignedInt();
      int id = in.readUnsignedShort();
      Operation operation = Operation.byId(id);
      if (operation == null) {
        throw new IllegalArgumentException("operation id " + id + " is not known here");
      }
      int count = in.readInt();
      if (count < 0 || count > in.readableBytes() / Integer.BYTES) {
        throw new IllegalArgumentException("argument count " + count + " exceeds the message");
      }
      byte[][] arguments = new byte[count][];
      for (int i = 0; i < count; i++) {
        int length = in.readInt();
        if (length < 0 || length > in.readableBytes()) {
          throw new IllegalArgumentException("argument length " + length + " exceeds the message");
        }
        arguments[i] = new byte[length];
        in.readBytes(arguments[i]);
      }
      return new ForwardRequest(
          shard,
          term,
          (flags & ORDERED) != 0,
          (flags & QUORUM) != 0 ? ReadMode.QUORUM : ReadMode.LINEARIZABLE,
          millisLeft,
          new Command(operation, arguments));
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the message ends too early", e);
    }
  }

  static void writeReply(ByteBuf out, Reply reply) {
    if (reply instanceof Reply.NilArray) {
      out.writeByte(KIND_NULL_ARRAY);
      return;
    }
    out.writeByte(KIND_REPLY);
    RespEncoder.write(reply, ProtocolVersion.RESP3, out);
  }

  static void writeUnavailable(ByteBuf out, Unavailable reason) {
    out.writeByte(KIND_UNAVAILABLE);
    out.writeByte(reason.ordinal());
  }

  static void writeNotLeading(ByteBuf out) {
    out.writeByte(KIND_NOT_LEADING);
  }

  /** Reads a response and ends {@code routed} with it; false if the other node does not lead. */
  static boolean readResponse(ByteBuf in, Routed routed) {
    switch (in.readUnsignedByte()) {
      case KIND_REPLY -> {
        @Nullable Reply reply = new ReplyDecoder().decode(in);
        if (reply == null) {
          throw new IllegalArgumentException("the reply ends too early");
        }
        routed.forwarded(reply);
        return true;
      }
      case KIND_UNAVAILABLE -> {
        routed.failed(Unavailable.values()[in.readUnsignedByte()]);
        return true;
      }
      case KIND_NOT_LEADING -> {
        return false;
      }
      case KIND_NULL_ARRAY -> {
        routed.forwarded(Reply.NIL_ARRAY);
        return true;
      }
      default -> throw new IllegalArgumentException("the response is of an unknown kind");
    }
  }
}
