package kvstore.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes replies as bytes of the protocol. */
public final class RespEncoder {

  private static final byte[] OK = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NIL_2 = "$-1\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NIL_3 = "_\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NIL_ARRAY_2 = "*-1\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int CRLF = '\r' << 8 | '\n';

  private RespEncoder() {}

  /** Appends {@code reply} to {@code out}. */
  public static void write(Reply reply, ProtocolVersion version, ByteBuf out) {
    boolean resp3 = version == ProtocolVersion.RESP3;
    if (reply == Reply.OK) {
      out.writeBytes(OK);
    } else if (reply instanceof Reply.Bulk bulk) {
      writeBulk(bulk.value(), out);
    } else if (reply instanceof Reply.Nil) {
      out.writeBytes(resp3 ? NIL_3 : NIL_2);
    } else if (reply instanceof Reply.Int number) {
      out.writeByte(':');
      writeNumber(number.value(), out);
      out.writeShort(CRLF);
    } else if (reply instanceof Reply.Simple simple) {
      writeLine('+', simple.text(), out);
    } else if (reply instanceof Reply.Failure failure) {
      writeLine('-', failure.message(), out);
    } else if (reply instanceof Reply.Array array) {
      writeItems('*', array.items(), version, out);
    } else if (reply instanceof Reply.NilArray) {
      out.writeBytes(resp3 ? NIL_3 : NIL_ARRAY_2);
    } else {
      writeRare(reply, version, out);
    }
  }

  private static void writeRare(Reply reply, ProtocolVersion version, ByteBuf out) {
    boolean resp3 = version == ProtocolVersion.RESP3;
    if (reply instanceof Reply.Pairs pairs) {
      List<Reply> items = pairs.keysAndValues();
      writeHeader(resp3 ? '%' : '*', resp3 ? items.size() / 2 : items.size(), out);
      items.forEach(item -> write(item, version, out));
    } else if (reply instanceof Reply.Distinct distinct) {
      writeItems(resp3 ? '~' : '*', distinct.items(), version, out);
    } else if (reply instanceof Reply.Push push) {
      writeItems(resp3 ? '>' : '*', push.items(), version, out);
    } else if (reply instanceof Reply.Truth truth) {
      writeLine(resp3 ? '#' : ':', truth.value() ? resp3 ? "t" : "1" : resp3 ? "f" : "0", out);
    } else if (reply instanceof Reply.Decimal decimal) {
      String text = decimal(decimal.value());
      if (resp3) {
        writeLine(',', text, out);
      } else {
        writeBulk(text.getBytes(StandardCharsets.US_ASCII), out);
      }
    } else if (reply instanceof Reply.Verbatim verbatim) {
      byte[] text = verbatim.text().getBytes(StandardCharsets.UTF_8);
      if (resp3) {
        writeHeader('=', text.length + 4, out);
        out.writeBytes((verbatim.format() + ":").getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(text);
        out.writeShort(CRLF);
      } else {
        writeBulk(text, out);
      }
    } else {
      throw new AssertionError("a reply of no known kind");
    }
  }

  /** Appends a request: an array of bulk strings. */
  public static void writeRequest(byte[][] arguments, ByteBuf out) {
    writeHeader('*', arguments.length, out);
    for (byte[] argument : arguments) {
      writeBulk(argument, out);
    }
  }

  private static void writeItems(
      char type, List<Reply> items, ProtocolVersion version, ByteBuf out) {
    writeHeader(type, items.size(), out);
    for (Reply item : items) {
      write(item, version, out);
    }
  }

  private static void writeBulk(byte[] value, ByteBuf out) {
    writeHeader('$', value.length, out);
    out.writeBytes(value);
    out.writeShort(CRLF);
  }

  private static void writeHeader(char type, int length, ByteBuf out) {
    out.writeByte(type);
    writeNumber(length, out);
    out.writeShort(CRLF);
  }

  /** A line must stay one: breaks in the text become blanks. */
  private static void writeLine(char type, String text, ByteBuf out) {
    out.writeByte(type);
    out.writeCharSequence(text.replace('\r', ' ').replace('\n', ' '), StandardCharsets.UTF_8);
    out.writeShort(CRLF);
  }

  private static void writeNumber(long value, ByteBuf out) {
    if (value >= 0 && value < 10) {
      out.writeByte('0' + (int) value);
    } else {
      out.writeCharSequence(Long.toString(value), StandardCharsets.US_ASCII);
    }
  }

  private static String decimal(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e17
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
