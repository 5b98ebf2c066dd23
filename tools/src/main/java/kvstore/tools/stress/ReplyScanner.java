package kvstore.tools.stress;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import kvstore.protocol.ProtocolException;

/**
 * Finds the replies to GET, SET, DEL and AUTH in a buffer, without copying. One per connection; not
 * thread-safe. ({@code ReplyDecoder} makes an object of each reply, which costs at this pace.)
 */
final class ReplyScanner {

  enum Kind {
    /** More bytes are needed. */
    NONE,
    STATUS,
    ERROR,
    INTEGER,
    NIL,
    BULK
  }

  private static final int LONGEST_LINE = 4_096;

  private final int longestBulk;
  private int start;
  private int length;

  ReplyScanner(int longestBulk) {
    this.longestBulk = longestBulk;
  }

  /** Where the content of the last reply begins. */
  int start() {
    return start;
  }

  int length() {
    return length;
  }

  /** The content of the last reply, as text. */
  String text(ByteBuffer in) {
    byte[] bytes = new byte[length];
    in.get(start, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * Steps over one reply if it is whole.
   *
   * @throws ProtocolException if it is none that could come
   */
  Kind next(ByteBuffer in) {
    int from = in.position();
    int limit = in.limit();
    int end = from;
    while (end < limit && in.get(end) != '\n') {
      end++;
    }
    if (end == limit) {
      if (limit - from > LONGEST_LINE) {
        throw new ProtocolException("a line of more than " + LONGEST_LINE + " bytes");
      }
      return Kind.NONE;
    }
    if (end - from < 2 || in.get(end - 1) != '\r') {
      throw new ProtocolException("a line that does not end in CR and LF");
    }
    start = from + 1;
    length = end - 1 - start;
    Kind kind =
        switch (in.get(from)) {
          case '$' -> bulk(in, end + 1);
          case '+' -> Kind.STATUS;
          case '-' -> Kind.ERROR;
          case ':' -> Kind.INTEGER;
          case '_' -> Kind.NIL;
          default ->
              throw new ProtocolException("a reply that begins with byte " + (in.get(from) & 0xFF));
        };
    if (kind == Kind.NIL || kind == Kind.STATUS || kind == Kind.ERROR || kind == Kind.INTEGER) {
      in.position(end + 1);
    }
    return kind;
  }

  private Kind bulk(ByteBuffer in, int content) {
    long size = 0;
    if (length == 2 && in.get(start) == '-' && in.get(start + 1) == '1') {
      return Kind.NIL;
    }
    for (int at = start; at < start + length; at++) {
      int digit = in.get(at) - '0';
      if (digit < 0 || digit > 9 || size > longestBulk) {
        throw new ProtocolException("a length that is none or above " + longestBulk);
      }
      size = size * 10 + digit;
    }
    if (length == 0 || size > longestBulk) {
      throw new ProtocolException("a length that is none or above " + longestBulk);
    }
    int end = content + (int) size;
    if (in.limit() < end + 2) {
      return Kind.NONE;
    }
    if (in.get(end) != '\r' || in.get(end + 1) != '\n') {
      throw new ProtocolException("a value that does not end where its length says");
    }
    start = content;
    length = (int) size;
    in.position(end + 2);
    return Kind.BULK;
  }
}
