package kvstore.tools.shell;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import kvstore.protocol.Reply;

/** Nothing but the bytes: for other programs. Items stand on lines of their own. */
final class RawFormat implements ReplyFormat {

  @Override
  public byte[] format(Reply reply) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(reply, out);
    return out.toByteArray();
  }

  private static void write(Reply reply, ByteArrayOutputStream out) {
    if (reply instanceof Reply.Array array) {
      writeItems(array.items(), out);
    } else if (reply instanceof Reply.Pairs pairs) {
      writeItems(pairs.keysAndValues(), out);
    } else if (reply instanceof Reply.Distinct distinct) {
      writeItems(distinct.items(), out);
    } else if (reply instanceof Reply.Push push) {
      writeItems(push.items(), out);
    } else {
      out.writeBytes(scalar(reply));
    }
  }

  private static void writeItems(List<Reply> items, ByteArrayOutputStream out) {
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.write('\n');
      }
      write(items.get(i), out);
    }
  }

  /** The content of a reply that has no items; empty for nil. */
  static byte[] scalar(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return bulk.value();
    }
    String text = "";
    if (reply instanceof Reply.Simple simple) {
      text = simple.text();
    } else if (reply instanceof Reply.Failure failure) {
      text = failure.message();
    } else if (reply instanceof Reply.Int number) {
      text = Long.toString(number.value());
    } else if (reply instanceof Reply.Decimal decimal) {
      text = Double.toString(decimal.value());
    } else if (reply instanceof Reply.Truth truth) {
      text = Boolean.toString(truth.value());
    } else if (reply instanceof Reply.Verbatim verbatim) {
      text = verbatim.text();
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
