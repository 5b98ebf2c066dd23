package kvstore.tools.shell;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Makes any bytes fit for a terminal. */
final class Printable {

  private Printable() {}

  /**
   * Text in UTF-8 stays; bytes that are none, and control characters, become {@code \xHH}.
   *
   * @param keepBreaks leave line breaks and tabs as they are
   */
  static String escape(byte[] bytes, boolean keepBreaks) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    StringBuilder escaped = new StringBuilder(bytes.length + 16);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      escapeControls(out.flip().toString(), keepBreaks, escaped);
      out.clear();
      if (!result.isError()) {
        return escaped.toString();
      }
      for (int i = 0; i < result.length(); i++) {
        appendHex(in.get(), escaped);
      }
    }
  }

  private static void escapeControls(String text, boolean keepBreaks, StringBuilder to) {
    (keepBreaks ? text.replace("\r\n", "\n") : text)
        .codePoints()
        .forEach(point -> {
          boolean kept = keepBreaks && (point == '\n' || point == '\t');
          if (point == '\n' && !kept) {
            to.append("\\n");
          } else if (point == '\t' && !kept) {
            to.append("\\t");
          } else if (!kept && isControl(point)) {
            for (byte part : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
              appendHex(part, to);
            }
          } else {
            to.appendCodePoint(point);
          }
        });
  }

  /** Also what changes the direction of text or joins lines, as it can make a value lie. */
  private static boolean isControl(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  private static void appendHex(byte value, StringBuilder to) {
    to.append("\\x")
        .append(Character.forDigit(value >> 4 & 0xf, 16))
        .append(Character.forDigit(value & 0xf, 16));
  }
}
