package kvstore.server.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.Reply;
import kvstore.replication.NodeId;
import kvstore.server.router.ForwardCodec.ForwardRequest;
import kvstore.server.router.ForwardCodec.NotTaken;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ForwardCodecTest {

  private static final Operation SET = Operation.byName("set");

  @Test
  void aRequestIsWrittenAsSpecified() {
    assertThat(ByteBufUtil.hexDump(request()))
        .isEqualTo(
            "03" // version
                + "00000007" // shard
                + "0000000000000009" // term
                + "03" // ordered, quorum
                + "000003e8" // 1000 ms left
                + String.format("%04x", SET.id())
                + "00000002" // arguments
                + "000000016b" // k
                + "000000027676"); // vv
  }

  @Test
  void aRequestIsReadAsItWasWritten() {
    ForwardRequest read = ForwardCodec.readRequest(request());
    assertThat(read.shard()).isEqualTo(7);
    assertThat(read.term()).isEqualTo(9);
    assertThat(read.ordered()).isTrue();
    assertThat(read.mode()).isEqualTo(ReadMode.QUORUM);
    assertThat(read.millisLeft()).isEqualTo(1_000);
    assertThat(read.command().operation()).isSameAs(SET);
    assertThat(read.command().arguments()).isDeepEqualTo(new byte[][] {{'k'}, {'v', 'v'}});
  }

  @Test
  void aRequestCutShortIsRefused() {
    ByteBuf whole = request();
    for (int length = 0; length < whole.readableBytes(); length++) {
      ByteBuf cut = whole.slice(0, length);
      assertThatThrownBy(() -> ForwardCodec.readRequest(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Property(tries = 500)
  void garbageIsRefusedOrReadButNeverHarms(@ForAll @Size(max = 80) byte[] garbage) {
    try {
      ForwardCodec.readRequest(Unpooled.wrappedBuffer(garbage));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void responsesEndTheCommandAsTheLeaderEndedIt() {
    SlotRange held = new SlotRange(1, 258);
    ByteBuf out = Unpooled.buffer();
    ForwardCodec.writeReply(out, new Reply.Int(5), held, 77);
    ForwardCodec.writeReply(out, Reply.NIL_ARRAY, held, 78);
    ForwardCodec.writeUnavailable(out, Unavailable.OUTCOME_UNKNOWN);
    assertThat(ByteBufUtil.hexDump(out))
        .isEqualTo(
            "00"
                + "00010102"
                + "000000000000004d"
                + "3a350d0a"
                + "03"
                + "00010102"
                + "000000000000004e"
                + "0102");
    Ends ends = new Ends();
    assertThat(ForwardCodec.readResponse(out, ends)).isNull();
    assertThat(ForwardCodec.readResponse(out, ends)).isNull();
    assertThat(ForwardCodec.readResponse(out, ends)).isNull();
    assertThat(ends.held).containsOnly(held);
    assertThat(ends.seen)
        .containsExactly(new Reply.Int(5), Reply.NIL_ARRAY, Unavailable.OUTCOME_UNKNOWN);
  }

  @Test
  void whoDoesNotTakeACommandMaySayWhoLeads() {
    Leaders.Known leader = new Leaders.Known(new NodeId("n2"), 9);
    ByteBuf out = Unpooled.buffer();
    ForwardCodec.writeNotLeading(out, null);
    ForwardCodec.writeNotLeading(out, leader);
    ForwardCodec.writeElsewhere(out);
    ForwardCodec.writeUnanswered(out);
    assertThat(ByteBufUtil.hexDump(out))
        .isEqualTo("0200" + "0201" + "0000000000000009" + "02" + "6e32" + "04" + "05");
    Ends ends = new Ends();
    assertThat(ForwardCodec.readResponse(out, ends)).isEqualTo(NotTaken.NOT_LEADING);
    assertThat(ForwardCodec.readResponse(out, ends))
        .isEqualTo(new NotTaken(NotTaken.Why.NOT_LEADING, leader));
    assertThat(ForwardCodec.readResponse(out, ends)).isEqualTo(NotTaken.ELSEWHERE);
    assertThat(ForwardCodec.readResponse(out, ends)).isEqualTo(NotTaken.UNANSWERED);
    assertThat(ends.seen).isEmpty();
  }

  private static ByteBuf request() {
    ByteBuf out = Unpooled.buffer();
    ForwardCodec.writeRequest(out, 7, 9, new Ends(), 0);
    return out;
  }

  private static final class Ends extends Routed {
    final List<Object> seen = new ArrayList<>();
    final List<SlotRange> held = new ArrayList<>();

    Ends() {
      super(
          new Command(SET, new byte[][] {bytes("k"), bytes("vv")}),
          ReadMode.QUORUM,
          true,
          TimeUnit.SECONDS.toNanos(1),
          0);
    }

    @Override
    void done(Outcome outcome, SlotRange answering) {
      seen.add(outcome);
    }

    @Override
    void forwarded(Reply reply, SlotRange answering) {
      seen.add(reply);
      held.add(answering);
    }

    @Override
    boolean belongsTo(ShardRoute route) {
      return true;
    }

    @Override
    void routeAnew() {
      throw new AssertionError("expected to stay with its shard");
    }

    @Override
    void ended(Unavailable reason) {
      seen.add(reason);
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }
}
