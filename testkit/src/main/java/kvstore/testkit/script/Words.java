package kvstore.testkit.script;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a line into words as a shell would, with {@code "\n\x00"} and {@code repeat(x,100)}. */
final class Words {

  private static final Pattern REPEAT = Pattern.compile("repeat\\((.+),(\\d+)\\)");

  private final byte[] line;
  private int at;

  private Words(String line) {
    this.line = line.getBytes(StandardCharsets.UTF_8);
  }

  static List<byte[]> split(String line) {
    Words words = new Words(line);
    List<byte[]> found = new ArrayList<>();
    while (words.skipBlanks()) {
      found.add(words.next());
    }
    return found;
  }

  private boolean skipBlanks() {
    while (at < line.length && line[at] == ' ') {
      at++;
    }
    return at < line.length;
  }

  private byte[] next() {
    if (line[at] == '"' || line[at] == '\'') {
      return quoted((char) line[at++]);
    }
    int start = at;
    while (at < line.length && line[at] != ' ') {
      at++;
    }
    String word = new String(line, start, at - start, StandardCharsets.UTF_8);
    Matcher repeat = REPEAT.matcher(word);
    if (repeat.matches()) {
      word = repeat.group(1).repeat(Integer.parseInt(repeat.group(2)));
    }
    return word.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] quoted(char quote) {
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    while (at < line.length) {
      char c = (char) (line[at++] & 0xff);
      if (c == quote) {
        return word.toByteArray();
      }
      word.write(c == '\\' && quote == '"' ? escaped() : c);
    }
    throw new IllegalArgumentException(
        "expected a closing " + quote + " in " + new String(line, StandardCharsets.UTF_8));
  }

  private int escaped() {
    char c = (char) line[at++];
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'x' -> {
        int value = Integer.parseInt(new String(line, at, 2, StandardCharsets.US_ASCII), 16);
        at += 2;
        yield value;
      }
      default -> c;
    };
  }
}
