package kvstore.testkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Finds simple RESP replies in a stream of bytes, however it is cut, without keeping any. One per
 * connection.
 */
final class RespScanner {

  /** Hears of each reply. */
  interface Replies {
    /**
     * @param type the reply's first byte; {@code _} for a null
     * @param number the integer, or the length of a value
     */
    void reply(byte type, long number) throws IOException;
  }

  private static final int LONGEST_TEXT = 64;

  private final byte[] text = new byte[LONGEST_TEXT];
  private int textLength;
  private byte type;
  private long number;
  private boolean negative;
  private long toSkip;

  /** The last error's first word. */
  String errorWord() {
    String line = new String(text, 0, textLength, US_ASCII);
    int end = line.indexOf(' ');
    return end < 0 ? line.trim() : line.substring(0, end);
  }

  /**
   * Takes all bytes of {@code in}.
   *
   * @throws IOException if they are no simple replies
   */
  void scan(ByteBuffer in, Replies replies) throws IOException {
    int at = in.position();
    int limit = in.limit();
    while (at < limit) {
      if (toSkip > 0) {
        int step = (int) Math.min(toSkip, limit - at);
        at += step;
        toSkip -= step;
        if (toSkip == 0) {
          end('$', replies);
        }
        continue;
      }
      byte next = in.get(at++);
      if (type == 0) {
        begin(next);
      } else if (next == '\n') {
        endLine(replies);
      } else if (type == '-') {
        if (textLength < LONGEST_TEXT) {
          text[textLength++] = next;
        }
      } else if (next == '-') {
        negative = true;
      } else if (next >= '0' && next <= '9') {
        number = number * 10 + next - '0';
      }
    }
    in.position(limit);
  }

  private void begin(byte first) throws IOException {
    if (first != '+' && first != '-' && first != ':' && first != '$' && first != '_') {
      throw new IOException("expected a simple RESP reply, but one begins with byte " + first);
    }
    type = first;
    number = 0;
    negative = false;
    textLength = 0;
  }

  private void endLine(Replies replies) throws IOException {
    if (type == '$' && !negative) {
      toSkip = number + 2;
    } else {
      end(type == '$' ? '_' : (char) type, replies);
    }
  }

  private void end(char kind, Replies replies) throws IOException {
    type = 0;
    replies.reply((byte) kind, negative ? -number : number);
  }
}
