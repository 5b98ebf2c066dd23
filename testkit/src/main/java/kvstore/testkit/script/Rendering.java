package kvstore.testkit.script;

import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;

/** Writes replies as {@code redis-cli} shows them on a terminal, one type never like another. */
final class Rendering {

  private Rendering() {}

  static List<String> lines(Reply reply) {
    List<String> lines = new ArrayList<>();
    if (reply instanceof Reply.Array array) {
      items(array.items(), ") ", "(empty array)", lines);
    } else if (reply instanceof Reply.Distinct set) {
      items(set.items(), "~ ", "(empty set)", lines);
    } else if (reply instanceof Reply.Push push) {
      items(push.items(), "> ", "(empty push)", lines);
    } else if (reply instanceof Reply.Pairs map) {
      pairs(map.keysAndValues(), lines);
    } else {
      lines.add(scalar(reply));
    }
    return lines;
  }

  /** The replies inside an aggregate, or the reply itself. */
  static List<Reply> parts(Reply reply) {
    if (reply instanceof Reply.Array array) {
      return array.items();
    }
    return reply instanceof Reply.Distinct set ? set.items() : List.of(reply);
  }

  private static String scalar(Reply reply) {
    if (reply instanceof Reply.Simple simple) {
      return simple.text();
    } else if (reply instanceof Reply.Failure failure) {
      return "(error) " + failure.message();
    } else if (reply instanceof Reply.Int number) {
      return "(integer) " + number.value();
    } else if (reply instanceof Reply.Bulk bulk) {
      return quote(bulk.value());
    } else if (reply instanceof Reply.Nil) {
      return "(nil)";
    } else if (reply instanceof Reply.NilArray) {
      return "(nil array)";
    } else if (reply instanceof Reply.Decimal decimal) {
      return "(double) " + decimal.value();
    } else if (reply instanceof Reply.Truth truth) {
      return "(" + truth.value() + ")";
    } else if (reply instanceof Reply.Verbatim text) {
      return "(" + text.format() + ") " + text.text();
    }
    throw new IllegalArgumentException("expected a reply without parts, but got " + reply);
  }

  private static void items(List<Reply> items, String mark, String whenEmpty, List<String> to) {
    if (items.isEmpty()) {
      to.add(whenEmpty);
    }
    int width = String.valueOf(items.size()).length();
    for (int i = 0; i < items.size(); i++) {
      String head = String.format("%" + width + "d", i + 1) + mark;
      append(head, lines(items.get(i)), to);
    }
  }

  private static void pairs(List<Reply> keysAndValues, List<String> to) {
    if (keysAndValues.isEmpty()) {
      to.add("(empty hash)");
    }
    int width = String.valueOf(keysAndValues.size() / 2).length();
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      String head = String.format("%" + width + "d", i / 2 + 1) + "# ";
      String key = String.join(" ", lines(keysAndValues.get(i)));
      append(head + key + " => ", lines(keysAndValues.get(i + 1)), to);
    }
  }

  private static void append(String head, List<String> lines, List<String> to) {
    String indent = " ".repeat(head.length());
    for (int i = 0; i < lines.size(); i++) {
      to.add((i == 0 ? head : indent) + lines.get(i));
    }
  }

  private static String quote(byte[] bytes) {
    StringBuilder text = new StringBuilder("\"");
    for (byte b : bytes) {
      switch (b) {
        case '\\', '"' -> text.append('\\').append((char) b);
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (b >= 0x20 && b < 0x7f) {
            text.append((char) b);
          } else {
            text.append(String.format("\\x%02x", b & 0xff));
          }
        }
      }
    }
    return text.append('"').toString();
  }
}
