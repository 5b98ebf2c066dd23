package kvstore.server.router;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.Reply;
import kvstore.replication.NodeId;
import kvstore.testkit.fuzz.FuzzTarget;

/**
 * What nodes say to each other about commands, docs/formats/forward.md. The first byte of the input
 * chooses.
 */
public final class ForwardFuzz implements FuzzTarget {

  /** A command that counts how often it ended. */
  private static final class Counted extends Routed {
    private int ends;

    Counted(Command command, boolean ordered, long deadlineNanos) {
      super(command, ReadMode.LINEARIZABLE, ordered, deadlineNanos, deadlineNanos);
    }

    @Override
    void done(Outcome outcome, SlotRange answering) {
      ends++;
    }

    @Override
    void forwarded(Reply reply, SlotRange answering) {
      ends++;
    }

    @Override
    void ended(Unavailable reason) {
      ends++;
    }

    @Override
    boolean belongsTo(ShardRoute route) {
      return true;
    }

    @Override
    void routeAnew() {
      ends++;
    }
  }

  private static final Command COMMAND = new Command(anyOperation(), new byte[][] {{'k'}, {}});

  private static Operation anyOperation() {
    for (int id = 0; ; id++) {
      Operation operation = Operation.byId(id);
      if (operation != null) {
        return operation;
      }
    }
  }

  @Override
  public String name() {
    return "forward";
  }

  @Override
  public List<byte[]> seeds() {
    Leaders.Known leader = new Leaders.Known(new NodeId("n1"), 4);
    List<byte[]> seeds = new ArrayList<>();
    ByteBuf out = Unpooled.buffer();
    ForwardCodec.writeRequest(out, 1, 2, new Counted(COMMAND, true, 1_000_000_000), 0);
    seeds.add(chosen(0, out));
    ForwardCodec.writeReply(
        out, new Reply.Array(List.of(Reply.OK, Reply.bulk("v"))), SlotRange.ALL, 9);
    seeds.add(chosen(1, out));
    ForwardCodec.writeReply(out, Reply.NIL_ARRAY, SlotRange.ALL, 9);
    seeds.add(chosen(1, out));
    ForwardCodec.writeUnavailable(out, Unavailable.NOT_APPLIED);
    seeds.add(chosen(1, out));
    ForwardCodec.writeNotLeading(out, leader);
    seeds.add(chosen(1, out));
    ForwardCodec.writeElsewhere(out);
    seeds.add(chosen(1, out));
    ForwardCodec.writeQuestion(out, 1);
    seeds.add(chosen(2, out));
    ForwardCodec.writeLeader(out, leader);
    seeds.add(chosen(3, out));
    return seeds;
  }

  private static byte[] chosen(int format, ByteBuf rest) {
    byte[] bytes = ByteBufUtil.getBytes(rest);
    rest.clear();
    return ByteBuffer.allocate(bytes.length + 1).put((byte) format).put(bytes).array();
  }

  @Override
  public void read(byte[] input) {
    if (input.length == 0) {
      return;
    }
    ByteBuf in = Unpooled.wrappedBuffer(input).skipBytes(1);
    Counted routed = new Counted(COMMAND, false, 0);
    try {
      switch (Math.floorMod(input[0], 4)) {
        case 0 -> request(in);
        case 1 -> {
          ForwardCodec.NotTaken notTaken = ForwardCodec.readResponse(in, routed);
          if (routed.ends != (notTaken == null ? 1 : 0)) {
            throw new AssertionError("a response ended its command " + routed.ends + " times");
          }
        }
        case 2 -> ForwardCodec.readQuestion(in);
        default -> ForwardCodec.readLeader(in);
      }
    } catch (IllegalArgumentException malformed) {
      if (routed.ends != 0) {
        throw new AssertionError("a malformed response ended its command", malformed);
      }
    }
  }

  private static void request(ByteBuf in) {
    ForwardCodec.ForwardRequest read = ForwardCodec.readRequest(in);
    ByteBuf out = Unpooled.buffer();
    Counted routed = new Counted(read.command(), read.ordered(), read.millisLeft() * 1_000_000);
    ForwardCodec.writeRequest(out, read.shard(), read.term(), routed, 0);
    ForwardCodec.ForwardRequest again = ForwardCodec.readRequest(out);
    if (again.shard() != read.shard()
        || again.term() != read.term()
        || again.ordered() != read.ordered()
        || again.command().operation() != read.command().operation()
        || !Arrays.deepEquals(again.command().arguments(), read.command().arguments())) {
      throw new AssertionError("a forwarded command is not read as it was written");
    }
  }
}
