package kvstore.protocol;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line into words as Redis does for inline commands and redis-cli for its prompt: words
 * are parted by white space; {@code "…"} takes backslash escapes and {@code \xHH}, {@code '…'} only
 * {@code \'}; a closing quote ends its word.
 */
public final class InlineWords {

  private final byte[] line;
  private int at;

  private InlineWords(byte[] line) {
    this.line = line;
  }

  /**
   * @return the words; empty for a blank line
   * @throws ProtocolException if a quote is left open or text follows a closing quote
   */
  public static byte[][] split(byte[] line) {
    InlineWords words = new InlineWords(line);
    List<byte[]> found = new ArrayList<>();
    while (words.skipBlanks()) {
      found.add(words.word());
    }
    return found.toArray(byte[][]::new);
  }

  private boolean skipBlanks() {
    while (at < line.length && blank(line[at])) {
      at++;
    }
    return at < line.length;
  }

  private byte[] word() {
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    while (at < line.length && !blank(line[at])) {
      byte next = line[at++];
      if (next == '"') {
        doubleQuoted(word);
      } else if (next == '\'') {
        singleQuoted(word);
      } else {
        word.write(next);
      }
    }
    return word.toByteArray();
  }

  private void doubleQuoted(ByteArrayOutputStream word) {
    while (true) {
      byte next = take();
      if (next == '"') {
        endOfQuote();
        return;
      }
      if (next != '\\') {
        word.write(next);
        continue;
      }
      byte escaped = take();
      if (escaped == 'x' && at + 1 < line.length && hex(line[at]) >= 0 && hex(line[at + 1]) >= 0) {
        word.write(hex(line[at]) << 4 | hex(line[at + 1]));
        at += 2;
      } else {
        word.write(
            switch (escaped) {
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              case 'b' -> '\b';
              case 'a' -> 7;
              default -> escaped;
            });
      }
    }
  }

  private void singleQuoted(ByteArrayOutputStream word) {
    while (true) {
      byte next = take();
      if (next == '\\' && at < line.length && line[at] == '\'') {
        at++;
        word.write('\'');
      } else if (next == '\'') {
        endOfQuote();
        return;
      } else {
        word.write(next);
      }
    }
  }

  private byte take() {
    if (at >= line.length) {
      throw new ProtocolException("unbalanced quotes in request");
    }
    return line[at++];
  }

  private void endOfQuote() {
    if (at < line.length && !blank(line[at])) {
      throw new ProtocolException("unbalanced quotes in request");
    }
  }

  private static boolean blank(byte value) {
    return value == ' ' || value >= '\t' && value <= '\r' || value == 0;
  }

  private static int hex(byte value) {
    return Character.digit(value, 16);
  }
}
