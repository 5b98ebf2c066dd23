package kvstore.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ReplyCodecTest {

  @Property(tries = 300)
  void repliesSurviveTheWireInResp3ByteByByte(@ForAll("replies") Reply reply) {
    assertThat(roundTrip(reply, ProtocolVersion.RESP3))
        .isEqualTo(text(reply, ProtocolVersion.RESP3));
    assertThat(roundTrip(reply, ProtocolVersion.RESP2))
        .isEqualTo(text(reply, ProtocolVersion.RESP2));
  }

  @Test
  void shapesOfResp3AreWrittenDownToResp2() {
    assertThat(text(Reply.NIL, ProtocolVersion.RESP2)).isEqualTo("$-1\r\n");
    assertThat(text(Reply.NIL, ProtocolVersion.RESP3)).isEqualTo("_\r\n");
    assertThat(text(Reply.NIL_ARRAY, ProtocolVersion.RESP2)).isEqualTo("*-1\r\n");
    assertThat(text(Reply.NIL_ARRAY, ProtocolVersion.RESP3)).isEqualTo("_\r\n");
    Reply map = new Reply.Pairs(List.of(Reply.bulk("a"), new Reply.Int(12)));
    assertThat(text(map, ProtocolVersion.RESP3)).isEqualTo("%1\r\n$1\r\na\r\n:12\r\n");
    assertThat(text(map, ProtocolVersion.RESP2)).isEqualTo("*2\r\n$1\r\na\r\n:12\r\n");
    assertThat(text(new Reply.Truth(true), ProtocolVersion.RESP3)).isEqualTo("#t\r\n");
    assertThat(text(new Reply.Truth(true), ProtocolVersion.RESP2)).isEqualTo(":1\r\n");
    assertThat(text(new Reply.Decimal(0.5), ProtocolVersion.RESP3)).isEqualTo(",0.5\r\n");
    assertThat(text(new Reply.Decimal(3), ProtocolVersion.RESP2)).isEqualTo("$1\r\n3\r\n");
    assertThat(text(new Reply.Verbatim("txt", "hi"), ProtocolVersion.RESP3))
        .isEqualTo("=6\r\ntxt:hi\r\n");
  }

  @Property(tries = 500)
  void garbageEndsInAProtocolErrorAtWorst(@ForAll @Size(max = 200) byte[] garbage) {
    ReplyDecoder decoder = new ReplyDecoder();
    ByteBuf in = Unpooled.wrappedBuffer(garbage);
    try {
      while (decoder.decode(in) != null) {
        assertThat(in.readerIndex()).isPositive();
      }
    } catch (ProtocolException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void anErrorStaysOnItsLine() {
    assertThat(text(new Reply.Failure("ERR a\r\nb"), ProtocolVersion.RESP2))
        .isEqualTo("-ERR a  b\r\n");
  }

  @Provide
  Arbitrary<Reply> replies() {
    Arbitrary<Reply> leaves =
        Arbitraries.oneOf(
            Arbitraries.of(Reply.OK, Reply.NIL, new Reply.Truth(false)),
            Arbitraries.longs().map(Reply.Int::new),
            Arbitraries.strings().alpha().map(Reply.Simple::new),
            Arbitraries.strings().alpha().map(Reply.Failure::new),
            Arbitraries.bytes().array(byte[].class).ofMaxSize(30).map(Reply.Bulk::new),
            Arbitraries.doubles().map(Reply.Decimal::new),
            Arbitraries.strings().map(text -> new Reply.Verbatim("txt", text)));
    return Arbitraries.recursive(
        () -> leaves,
        inner ->
            Arbitraries.oneOf(
                inner.list().ofMaxSize(3).map(Reply.Array::new),
                inner.list().ofMaxSize(3).map(Reply.Distinct::new),
                inner.list().ofSize(2).map(Reply.Pairs::new),
                inner.list().ofMinSize(1).ofMaxSize(3).map(Reply.Push::new)),
        0,
        3);
  }

  /** Encodes, decodes as it trickles in, encodes again. */
  private static String roundTrip(Reply reply, ProtocolVersion version) {
    ByteBuf all = Unpooled.buffer();
    RespEncoder.write(reply, version, all);
    ReplyDecoder decoder = new ReplyDecoder();
    ByteBuf received = Unpooled.buffer();
    Reply decoded = null;
    while (all.isReadable()) {
      assertThat(decoded).isNull();
      received.writeByte(all.readByte());
      decoded = decoder.decode(received);
    }
    assertThat(decoded).isNotNull();
    assertThat(received.isReadable()).isFalse();
    return text(decoded, version);
  }

  private static String text(Reply reply, ProtocolVersion version) {
    ByteBuf out = Unpooled.buffer();
    RespEncoder.write(reply, version, out);
    return out.toString(StandardCharsets.UTF_8);
  }
}
