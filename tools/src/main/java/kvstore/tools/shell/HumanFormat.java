package kvstore.tools.shell;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import kvstore.protocol.Reply;

/**
 * As a person wants it: {@code OK}, {@code (integer) 1}, bare text, {@code (nil)}, numbered arrays.
 */
final class HumanFormat implements ReplyFormat {

  private final boolean escaping;

  /**
   * @param escaping show what could upset a terminal as {@code \xHH}
   */
  HumanFormat(boolean escaping) {
    this.escaping = escaping;
  }

  @Override
  public byte[] format(Reply reply) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(reply, 0, out);
    byte[] formatted = out.toByteArray();
    return reply instanceof Reply.Verbatim ? withoutLastBreak(formatted) : formatted;
  }

  private void write(Reply reply, int indent, ByteArrayOutputStream out) {
    if (reply instanceof Reply.Array array) {
      writeItems(array.items(), indent, out);
    } else if (reply instanceof Reply.Distinct distinct) {
      writeItems(distinct.items(), indent, out);
    } else if (reply instanceof Reply.Push push) {
      writeItems(push.items(), indent, out);
    } else if (reply instanceof Reply.Pairs pairs) {
      writePairs(pairs.keysAndValues(), indent, out);
    } else {
      writeScalar(reply, indent > 0, out);
    }
  }

  private void writeItems(List<Reply> items, int indent, ByteArrayOutputStream out) {
    if (items.isEmpty()) {
      text("(empty array)", out);
    }
    int width = Integer.toString(items.size()).length();
    for (int i = 0; i < items.size(); i++) {
      String label = number(i, width, indent, out);
      write(items.get(i), indent + label.length(), out);
    }
  }

  private void writePairs(List<Reply> items, int indent, ByteArrayOutputStream out) {
    if (items.isEmpty()) {
      text("(empty map)", out);
    }
    int width = Integer.toString(items.size() / 2).length();
    for (int i = 0; i < items.size(); i += 2) {
      String label = number(i / 2, width, indent, out);
      int inner = indent + label.length();
      write(items.get(i), inner, out);
      Reply value = items.get(i + 1);
      if (!(isScalar(value) || isEmpty(value))) {
        text(" =>\n" + " ".repeat(inner), out);
      } else {
        text(" => ", out);
      }
      write(value, inner, out);
    }
  }

  private static String number(int index, int width, int indent, ByteArrayOutputStream out) {
    if (index > 0) {
      text("\n" + " ".repeat(indent), out);
    }
    String digits = Integer.toString(index + 1);
    String label = " ".repeat(width - digits.length()) + digits + ") ";
    text(label, out);
    return label;
  }

  private static boolean isScalar(Reply reply) {
    return !(reply instanceof Reply.Array
        || reply instanceof Reply.Distinct
        || reply instanceof Reply.Push
        || reply instanceof Reply.Pairs);
  }

  private static boolean isEmpty(Reply reply) {
    return (reply instanceof Reply.Array array && array.items().isEmpty())
        || (reply instanceof Reply.Pairs pairs && pairs.keysAndValues().isEmpty())
        || (reply instanceof Reply.Distinct distinct && distinct.items().isEmpty());
  }

  private void writeScalar(Reply reply, boolean nested, ByteArrayOutputStream out) {
    if (reply instanceof Reply.Nil || reply instanceof Reply.NilArray) {
      text("(nil)", out);
      return;
    }
    String kind = "";
    if (reply instanceof Reply.Int) {
      kind = "(integer) ";
    } else if (reply instanceof Reply.Failure) {
      kind = "(error) ";
    } else if (reply instanceof Reply.Decimal) {
      kind = "(double) ";
    } else if (reply instanceof Reply.Truth) {
      kind = "(boolean) ";
    }
    text(kind, out);
    byte[] content = RawFormat.scalar(reply);
    if (escaping) {
      text(Printable.escape(content, !nested), out);
    } else {
      out.writeBytes(content);
    }
  }

  private static byte[] withoutLastBreak(byte[] text) {
    int length = text.length;
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) {
      length--;
    }
    return java.util.Arrays.copyOf(text, length);
  }

  private static void text(String text, ByteArrayOutputStream out) {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
