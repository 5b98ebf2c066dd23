package kvstore.server.router;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.ProtocolException;
import kvstore.protocol.ProtocolVersion;
import kvstore.protocol.Reply;
import kvstore.protocol.ReplyDecoder;
import kvstore.protocol.RespEncoder;
import kvstore.replication.NodeId;
import kvstore.server.shard.Doubt;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of the peer method {@code FORWARD}, as docs/formats/forward.md specifies them. Integers
 * are big endian.
 *
 * <pre>
 * request:  [version u8 = 3][shard u32][term u64][flags u8][time left, ms u32]
 *           with an identity [identity u64], in doubt [newest term u64][since, log index u64]
 *           [operation id u16][argument count u32]([length u32][bytes])*
 * response: [kind u8: 0 reply, 1 unavailable, 2 not leading, 3 null array, 4 elsewhere,
 *           5 unanswered]
 *           reply: [first slot u16][last slot u16][applied log index u64][RESP3];
 *           unavailable: [reason u8];
 *           not leading: [known u8: 0 or 1], if 1 [term u64][node id length u8][node id];
 *           null array: as a reply, without the RESP3; elsewhere, unanswered: nothing
 * </pre>
 *
 * and of {@code WHO_LEADS}:
 *
 * <pre>
 * request:  [version u8 = 1][shard u32]
 * response: [known u8: 0 or 1], if 1 [term u64][node id length u8][node id]
 * </pre>
 */
final class ForwardCodec {

  static final int VERSION = 3;
  static final int QUESTION_VERSION = 1;
  private static final int ORDERED = 1;
  private static final int QUORUM = 2;
  private static final int STALE = 4;
  private static final int IDENTIFIED = 8;
  private static final int IN_DOUBT = 16;
  private static final int REPEATABLE = 32;

  private static final int KIND_REPLY = 0;
  private static final int KIND_UNAVAILABLE = 1;
  private static final int KIND_NOT_LEADING = 2;

  /** An aborted transaction, which RESP3 can not tell from a missing value, but RESP2 can. */
  private static final int KIND_NULL_ARRAY = 3;

  private static final int KIND_ELSEWHERE = 4;

  private static final int KIND_UNANSWERED = 5;

  /** What a forwarding node asks of the leader. */
  record ForwardRequest(
      int shard,
      long term,
      boolean ordered,
      ReadMode mode,
      long millisLeft,
      @Nullable Doubt doubt,
      Command command) {}

  /**
   * The other node did not take the command, which was certainly not applied; or, if it is {@link
   * Why#IN_DOUBT}, it is to be asked what became of it.
   *
   * @param why what it said, or did not
   * @param leader who leads, as far as it knows; null if it does not
   */
  record NotTaken(Why why, Leaders.@Nullable Known leader) {

    enum Why {
      /** The node does not lead the shard. */
      NOT_LEADING,
      /** The keys are not of the shard. */
      ELSEWHERE,
      /** A read that it may have taken, and did not answer. */
      UNANSWERED,
      /** A write that it may have taken, and did not answer; {@link Routed#doubt} tells more. */
      IN_DOUBT
    }

    static final NotTaken ELSEWHERE = new NotTaken(Why.ELSEWHERE, null);
    static final NotTaken NOT_LEADING = new NotTaken(Why.NOT_LEADING, null);
    static final NotTaken UNANSWERED = new NotTaken(Why.UNANSWERED, null);
    static final NotTaken IN_DOUBT = new NotTaken(Why.IN_DOUBT, null);

    boolean elsewhere() {
      return why == Why.ELSEWHERE;
    }
  }

  private ForwardCodec() {}

  static void writeRequest(ByteBuf out, int shard, long term, Routed routed, long nowNanos) {
    out.writeByte(VERSION);
    out.writeInt(shard);
    out.writeLong(term);
    Command command = routed.command();
    Doubt doubt = routed.doubt();
    out.writeByte(
        (routed.ordered() ? ORDERED : 0)
            | (command.identity() != 0 ? IDENTIFIED : 0)
            | (doubt != null ? IN_DOUBT : 0)
            | (doubt != null && doubt.repeatable() ? REPEATABLE : 0)
            | (routed.mode() == ReadMode.QUORUM ? QUORUM : 0)
            | (routed.mode() == ReadMode.STALE && !routed.writes() ? STALE : 0));
    long left = TimeUnit.NANOSECONDS.toMillis(routed.deadlineNanos() - nowNanos);
    out.writeInt((int) Math.max(1, Math.min(Integer.MAX_VALUE, left)));
    if (command.identity() != 0) {
      out.writeLong(command.identity());
    }
    if (doubt != null) {
      out.writeLong(doubt.term());
      out.writeLong(doubt.since());
    }
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
      long identity = (flags & IDENTIFIED) != 0 ? in.readLong() : 0;
      Doubt doubt = (flags & IN_DOUBT) != 0 ? readDoubt(in, shard, flags) : null;
      if (identity == 0 && (flags & (IDENTIFIED | IN_DOUBT)) != 0) {
        throw new IllegalArgumentException("expected an identity, but got none");
      }
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
          mode(flags),
          millisLeft,
          doubt,
          new Command(operation, arguments, identity));
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the message ends too early", e);
    }
  }

  private static Doubt readDoubt(ByteBuf in, int shard, int flags) {
    return new Doubt(shard, in.readLong(), in.readLong(), (flags & REPEATABLE) != 0);
  }

  private static ReadMode mode(int flags) {
    if ((flags & STALE) != 0) {
      return ReadMode.STALE;
    }
    return (flags & QUORUM) != 0 ? ReadMode.QUORUM : ReadMode.LINEARIZABLE;
  }

  /**
   * @param applied a log index that the replica had applied
   */
  static void writeReply(ByteBuf out, Reply reply, SlotRange held, long applied) {
    boolean nullArray = reply instanceof Reply.NilArray;
    out.writeByte(nullArray ? KIND_NULL_ARRAY : KIND_REPLY);
    out.writeShort(held.first());
    out.writeShort(held.last());
    out.writeLong(applied);
    if (!nullArray) {
      RespEncoder.write(reply, ProtocolVersion.RESP3, out);
    }
  }

  static void writeUnavailable(ByteBuf out, Unavailable reason) {
    out.writeByte(KIND_UNAVAILABLE);
    out.writeByte(reason.ordinal());
  }

  static void writeNotLeading(ByteBuf out, Leaders.@Nullable Known leader) {
    out.writeByte(KIND_NOT_LEADING);
    writeLeader(out, leader);
  }

  static void writeQuestion(ByteBuf out, int shard) {
    out.writeByte(QUESTION_VERSION);
    out.writeInt(shard);
  }

  /**
   * The number of the shard that is asked about.
   *
   * @throws IllegalArgumentException if the bytes are not a question of a known version
   */
  static int readQuestion(ByteBuf in) {
    if (in.readableBytes() != Byte.BYTES + Integer.BYTES) {
      throw new IllegalArgumentException("expected 5 bytes, but got " + in.readableBytes());
    }
    int version = in.readUnsignedByte();
    if (version != QUESTION_VERSION) {
      throw new IllegalArgumentException(
          "expected question version " + QUESTION_VERSION + ", but got " + version);
    }
    return in.readInt();
  }

  static void writeLeader(ByteBuf out, Leaders.@Nullable Known leader) {
    out.writeByte(leader == null ? 0 : 1);
    if (leader != null) {
      byte[] node = leader.node().value().getBytes(StandardCharsets.UTF_8);
      out.writeLong(leader.term());
      out.writeByte(node.length);
      out.writeBytes(node);
    }
  }

  static void writeElsewhere(ByteBuf out) {
    out.writeByte(KIND_ELSEWHERE);
  }

  static void writeUnanswered(ByteBuf out) {
    out.writeByte(KIND_UNANSWERED);
  }

  /**
   * A response: one of the first three, and with a reply the slots that its replica then held, and
   * a log index that it had applied.
   */
  record Response(
      @Nullable NotTaken notTaken,
      @Nullable Unavailable failure,
      @Nullable Reply reply,
      @Nullable SlotRange held,
      long applied) {

    Response(NotTaken notTaken) {
      this(notTaken, null, null, null, 0);
    }

    /** Ends the command, unless it was not taken, or may yet be told what became of it. */
    @Nullable NotTaken end(Routed routed) {
      if (notTaken != null) {
        return notTaken;
      }
      if (failure == Unavailable.OUTCOME_UNKNOWN && routed.comesIntoDoubt()) {
        return NotTaken.IN_DOUBT;
      }
      ShardRoute.answered(routed);
      if (reply != null && held != null) {
        routed.forwarded(reply, held);
      } else {
        routed.ended(failure == null ? Unavailable.OUTCOME_UNKNOWN : failure);
      }
      return null;
    }
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a response of a known kind
   */
  static Response readResponse(ByteBuf in) {
    return whole(() -> {
      int kind = in.readUnsignedByte();
      return switch (kind) {
        case KIND_REPLY, KIND_NULL_ARRAY -> {
          SlotRange held = new SlotRange(in.readUnsignedShort(), in.readUnsignedShort());
          long applied = in.readLong();
          @Nullable Reply reply =
              kind == KIND_NULL_ARRAY ? Reply.NIL_ARRAY : new ReplyDecoder().decode(in);
          if (reply == null) {
            throw new IllegalArgumentException("the reply ends too early");
          }
          yield new Response(null, null, reply, held, applied);
        }
        case KIND_UNAVAILABLE -> {
          int reason = in.readUnsignedByte();
          Unavailable[] reasons = Unavailable.values();
          if (reason >= reasons.length) {
            throw new IllegalArgumentException("reason " + reason + " is not known here");
          }
          yield new Response(null, reasons[reason], null, null, 0);
        }
        case KIND_NOT_LEADING ->
            new Response(new NotTaken(NotTaken.Why.NOT_LEADING, readLeader(in)));
        case KIND_ELSEWHERE -> new Response(NotTaken.ELSEWHERE);
        case KIND_UNANSWERED -> new Response(NotTaken.UNANSWERED);
        default -> throw new IllegalArgumentException("the response is of an unknown kind");
      };
    });
  }

  /** Reads a response and ends {@code routed} with it; not null if it was not taken. */
  static @Nullable NotTaken readResponse(ByteBuf in, Routed routed) {
    return readResponse(in).end(routed);
  }

  /**
   * @throws IllegalArgumentException if the bytes are malformed
   */
  static Leaders.@Nullable Known readLeader(ByteBuf in) {
    return whole(() -> {
      if (in.readUnsignedByte() == 0) {
        return null;
      }
      long term = in.readLong();
      String node = in.readCharSequence(in.readUnsignedByte(), StandardCharsets.UTF_8).toString();
      return new Leaders.Known(new NodeId(node), term);
    });
  }

  private static <T extends @Nullable Object> T whole(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the message ends too early", e);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException("the reply is malformed: " + e.getMessage(), e);
    }
  }
}
