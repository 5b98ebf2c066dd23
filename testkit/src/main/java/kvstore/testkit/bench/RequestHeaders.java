package kvstore.testkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The headers of gRPC requests, compressed as RFC 7541 says: spelt out the first time, one byte
 * each afterwards, as any gRPC client does. One per connection.
 */
final class RequestHeaders {

  static final int LONGEST = 512;
  private static final int STATIC_ENTRIES = 61;
  private static final int POST = 3;
  private static final int HTTP = 6;
  private static final int PATH = 4;
  private static final int AUTHORITY = 1;
  private static final int CONTENT_TYPE = 31;

  private final String authority;
  private final List<String> table = new ArrayList<>(); // in the order of their adding

  RequestHeaders(String authority) {
    this.authority = authority;
  }

  /** Writes the header block of a call to {@code path}. */
  void put(ByteBuffer out, String path) {
    out.put((byte) (0x80 | POST)).put((byte) (0x80 | HTTP));
    put(out, PATH, ":path", path);
    put(out, AUTHORITY, ":authority", authority);
    put(out, CONTENT_TYPE, "content-type", "application/grpc");
    put(out, 0, "te", "trailers");
  }

  private void put(ByteBuffer out, int staticName, String name, String value) {
    int known = table.indexOf(value);
    if (known >= 0) {
      out.put((byte) (0x80 | STATIC_ENTRIES + table.size() - known));
      return;
    }
    out.put((byte) (0x40 | staticName));
    if (staticName == 0) {
      text(out, name);
    }
    text(out, value);
    table.add(value);
  }

  private static void text(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(US_ASCII); // all shorter than 127
    out.put((byte) bytes.length).put(bytes);
  }
}
