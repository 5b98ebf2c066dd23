package kvstore.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RespDecoderTest {

  private static final ProtocolLimits SMALL = new ProtocolLimits(100, 10, 64, 150);

  @Property(tries = 300)
  void requestsAreTheSameHoweverTheStreamBreaks(
      @ForAll @NotEmpty @Size(max = 5)
          List<@NotEmpty @Size(max = 6) List<byte @Size(max = 40) []>> requests,
      @ForAll @IntRange(min = 1, max = 17) int chunk) {
    ByteBuf whole = Unpooled.buffer();
    requests.forEach(request -> RespEncoder.writeRequest(request.toArray(byte[][]::new), whole));
    RespDecoder decoder = new RespDecoder(ProtocolLimits.DEFAULT);
    ByteBuf received = Unpooled.buffer();
    List<Request> decoded = new ArrayList<>();
    while (whole.isReadable()) {
      received.writeBytes(whole, Math.min(chunk, whole.readableBytes()));
      for (Request next = decoder.decode(received); next != null; next = decoder.decode(received)) {
        decoded.add(next);
      }
    }
    assertThat(decoded).hasSameSizeAs(requests);
    for (int i = 0; i < requests.size(); i++) {
      assertThat(decoded.get(i).arguments()).isDeepEqualTo(requests.get(i).toArray(byte[][]::new));
    }
  }

  @Property(tries = 500)
  void garbageEndsInAProtocolErrorAtWorst(@ForAll @Size(max = 200) byte[] garbage) {
    RespDecoder decoder = new RespDecoder(SMALL);
    ByteBuf in = Unpooled.wrappedBuffer(garbage);
    try {
      while (decoder.decode(in) != null) {
        assertThat(in.readerIndex()).isPositive();
      }
    } catch (ProtocolException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*x|invalid multibulk length",
        "*11|invalid multibulk length",
        "*1\\n:3|expected '$', got ':'",
        "*1\\n$-1|invalid bulk length",
        "*1\\n$101|invalid bulk length",
        "*1\\n$9999999999999999999|invalid bulk length",
        "get \"a|unbalanced quotes in request",
        "get \"a\"b|unbalanced quotes in request",
      })
  void whatIsWrongIsSaidInTheWordsOfRedis(String text, String message) {
    assertThatThrownBy(() -> decode(text.replace("\\n", "\r\n") + "\r\n"))
        .isInstanceOf(ProtocolException.class)
        .hasMessage(message);
  }

  @Test
  void linesThatDoNotEndAreCutOff() {
    assertThatThrownBy(() -> decode("a".repeat(65))).hasMessage("too big inline request");
    assertThatThrownBy(() -> decode("*1" + "1".repeat(65)))
        .hasMessage("too big mbulk count string");
  }

  @Test
  void argumentsTogetherAreBounded() {
    String bulk = "$100\r\n" + "a".repeat(100) + "\r\n";
    assertThatThrownBy(() -> decode("*2\r\n" + bulk + bulk))
        .hasMessageContaining("too big request");
  }

  @Test
  void inlineCommandsAreSplitAsRedisDoes() {
    assertThat(decode("\r\n  PUT my\\key 'it\\'s' \"\\x41\\n\\\"\" \r\n").arguments())
        .isDeepEqualTo(
            new byte[][] {bytes("PUT"), bytes("my\\key"), bytes("it's"), bytes("A\n\"")});
  }

  @Test
  void aLargeArgumentLeavesTheBufferAsItComes() {
    byte[] value = new byte[300_000];
    new java.util.Random(7).nextBytes(value);
    ByteBuf whole = Unpooled.buffer();
    RespEncoder.writeRequest(new byte[][] {bytes("set"), bytes("k"), value}, whole);
    RespDecoder decoder = new RespDecoder(ProtocolLimits.DEFAULT);
    ByteBuf received = Unpooled.buffer();
    Request decoded = null;
    while (whole.isReadable()) {
      assertThat(decoded).isNull();
      received.discardReadBytes();
      received.writeBytes(whole, Math.min(7_001, whole.readableBytes()));
      decoded = decoder.decode(received);
      assertThat(received.readableBytes()).isLessThan(2 + 7_001);
    }
    assertThat(decoded).isNotNull();
    assertThat(decoded.arguments()[2]).isEqualTo(value);
    whole.writeBytes(bytes("PING\r\n"));
    assertThat(decoder.decode(whole).name()).isEqualTo("ping");
  }

  @Test
  void emptyArraysAreSkipped() {
    assertThat(decode("*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n").name()).isEqualTo("ping");
  }

  private static Request decode(String text) {
    return new RespDecoder(SMALL).decode(Unpooled.wrappedBuffer(bytes(text)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
