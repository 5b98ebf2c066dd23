package kvstore.testkit.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kvstore.protocol.ProtocolException;
import kvstore.protocol.ProtocolLimits;
import kvstore.protocol.Request;
import kvstore.protocol.RespDecoder;
import kvstore.protocol.RespEncoder;

/** Requests, inline ones included: what a client may send. */
final class RequestFuzz implements FuzzTarget {

  /** Small, so that short input reaches them; some arguments are long enough to be streamed. */
  private static final ProtocolLimits LIMITS = new ProtocolLimits(40_000, 100, 200, 60_000);

  @Override
  public String name() {
    return "request";
  }

  @Override
  public List<byte[]> seeds() {
    String big = "*2\r\n$4\r\nECHO\r\n$33000\r\n" + "v".repeat(33_000) + "\r\n";
    return List.of(
        ascii("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n12\r\n*1\r\n$4\r\nPING\r\n"),
        ascii("GET \"a\\x41\\n\" 'b\\'c'\r\n*0\r\n\r\nPUT k v\n"),
        ascii("*-1\r\n*1\r\n$0\r\n\r\n*0000000001\r\n$+1\r\nx\r\n"),
        ascii(big));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void read(byte[] input) {
    List<byte[][]> requests = new ArrayList<>();
    String end = decode(new RespDecoder(LIMITS), Unpooled.wrappedBuffer(input), requests);
    List<byte[][]> sliced = new ArrayList<>();
    String slicedEnd = decodeSlices(input, sliced);
    same(requests, sliced, "in slices");
    if (!end.equals(slicedEnd)) {
      throw new AssertionError("ends with '" + end + "', in slices with '" + slicedEnd + "'");
    }
    ByteBuf again = Unpooled.buffer();
    requests.forEach(request -> RespEncoder.writeRequest(request, again));
    List<byte[][]> decoded = new ArrayList<>();
    decode(new RespDecoder(ProtocolLimits.DEFAULT), again, decoded);
    same(requests, decoded, "written and read again");
  }

  private static String decode(RespDecoder decoder, ByteBuf in, List<byte[][]> requests) {
    try {
      for (Request next = decoder.decode(in); next != null; next = decoder.decode(in)) {
        requests.add(next.arguments());
      }
      return "";
    } catch (ProtocolException malformed) {
      return String.valueOf(malformed.getMessage());
    }
  }

  private static String decodeSlices(byte[] input, List<byte[][]> requests) {
    RespDecoder decoder = new RespDecoder(LIMITS);
    ByteBuf received = Unpooled.buffer();
    String[] end = {""};
    Slices.of(
        input,
        slice -> {
          if (end[0].isEmpty()) {
            received.writeBytes(slice);
            end[0] = decode(decoder, received, requests);
          }
        });
    return end[0];
  }

  private static void same(List<byte[][]> expected, List<byte[][]> actual, String how) {
    boolean same = expected.size() == actual.size();
    for (int i = 0; same && i < expected.size(); i++) {
      same = Arrays.deepEquals(expected.get(i), actual.get(i));
    }
    if (!same) {
      throw new AssertionError(how + ": expected " + text(expected) + ", but got " + text(actual));
    }
  }

  private static String text(List<byte[][]> requests) {
    return requests.stream()
        .map(r -> Arrays.stream(r).map(ByteBufUtil::hexDump).toList().toString())
        .toList()
        .toString();
  }
}
