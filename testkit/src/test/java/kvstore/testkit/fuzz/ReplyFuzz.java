package kvstore.testkit.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import kvstore.protocol.ProtocolException;
import kvstore.protocol.ProtocolVersion;
import kvstore.protocol.Reply;
import kvstore.protocol.ReplyDecoder;
import kvstore.protocol.RespEncoder;

/** Replies: what a node takes from the one that it forwarded to, and the tools from a server. */
final class ReplyFuzz implements FuzzTarget {

  @Override
  public String name() {
    return "reply";
  }

  @Override
  public List<byte[]> seeds() {
    return List.of(
        ascii("+OK\r\n-ERR no\r\n:12\r\n$2\r\nab\r\n$-1\r\n*-1\r\n*0\r\n"),
        ascii("*2\r\n*1\r\n:1\r\n%1\r\n+a\r\n#t\r\n~1\r\n_\r\n>1\r\n,1.5\r\n"),
        ascii(
            "=6\r\ntxt:ab\r\n!5\r\nERR x\r\n(123456789012345678901\r\n,inf\r\n,-inf\r\n,nan\r\n"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void read(byte[] input) {
    ByteBuf whole = Unpooled.buffer();
    String end = decode(new ReplyDecoder(), Unpooled.wrappedBuffer(input), whole);
    ByteBuf sliced = Unpooled.buffer();
    String slicedEnd = decodeSlices(input, sliced);
    if (!whole.equals(sliced) || !end.equals(slicedEnd)) {
      throw new AssertionError(
          "expected "
              + ByteBufUtil.hexDump(whole)
              + ", ending with '"
              + end
              + "', but got in slices "
              + ByteBufUtil.hexDump(sliced)
              + ", ending with '"
              + slicedEnd
              + "'");
    }
    ByteBuf again = Unpooled.buffer();
    String error = decode(new ReplyDecoder(), whole.duplicate(), again);
    if (!error.isEmpty() || !whole.equals(again)) {
      throw new AssertionError(
          "expected "
              + ByteBufUtil.hexDump(whole)
              + " again, but got "
              + ByteBufUtil.hexDump(again)
              + error);
    }
  }

  private static String decode(ReplyDecoder decoder, ByteBuf in, ByteBuf out) {
    try {
      for (Reply next = decoder.decode(in); next != null; next = decoder.decode(in)) {
        RespEncoder.write(next, ProtocolVersion.RESP3, out);
      }
      return "";
    } catch (ProtocolException malformed) {
      return String.valueOf(malformed.getMessage());
    }
  }

  private static String decodeSlices(byte[] input, ByteBuf out) {
    ReplyDecoder decoder = new ReplyDecoder();
    ByteBuf received = Unpooled.buffer();
    String[] end = {""};
    Slices.of(
        input,
        slice -> {
          if (end[0].isEmpty()) {
            received.writeBytes(slice);
            end[0] = decode(decoder, received, out);
          }
        });
    return end[0];
  }
}
