package kvstore.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads replies off a byte stream that may break anywhere; the client's side. Takes both versions
 * of the protocol. One decoder per connection; not thread-safe.
 */
public final class ReplyDecoder {

  /** Nesting that no server of ours comes near. */
  private static final int MAX_DEPTH = 64;

  private static final int MAX_LENGTH = 512 << 20;
  private static final int MAX_LINE = 1 << 20;

  /** An aggregate whose items are still coming. */
  private static final class Open {
    final char type;
    final List<Reply> items;
    int missing;

    Open(char type, int missing) {
      this.type = type;
      this.missing = missing;
      this.items = new ArrayList<>(Math.min(missing, 1_024));
    }
  }

  private final ArrayDeque<Open> stack = new ArrayDeque<>();

  /**
   * The next reply, or null if more bytes are needed.
   *
   * @throws ProtocolException if the bytes are not of the protocol
   */
  public @Nullable Reply decode(ByteBuf in) {
    while (true) {
      int start = in.readerIndex();
      int depth = stack.size();
      Reply value = readOne(in);
      if (value == null) {
        if (stack.size() == depth) {
          in.readerIndex(start);
          return null;
        }
        continue; // an aggregate was opened
      }
      Reply whole = close(value);
      if (whole != null) {
        return whole;
      }
    }
  }

  /** Adds a value to what is open; the outermost reply once it is whole. */
  private @Nullable Reply close(Reply value) {
    Reply done = value;
    while (!stack.isEmpty()) {
      Open open = stack.peek();
      open.items.add(done);
      if (--open.missing > 0) {
        return null;
      }
      stack.pop();
      done = aggregate(open.type, open.items);
    }
    return done;
  }

  private @Nullable Reply readOne(ByteBuf in) {
    if (!in.isReadable()) {
      return null;
    }
    char type = (char) in.readByte();
    String line = readLine(in);
    if (line == null) {
      return null;
    }
    return switch (type) {
      case '+' -> line.equals("OK") ? Reply.OK : new Reply.Simple(line);
      case '-' -> new Reply.Failure(line);
      case ':' -> new Reply.Int(number(line));
      case '_' -> Reply.NIL;
      case '#' -> new Reply.Truth(line.equals("t"));
      case ',' -> new Reply.Decimal(decimal(line));
      case '(' -> Reply.bulk(line);
      case '$', '=', '!' -> readBulk(type, length(line), in);
      case '*', '~', '>', '%' -> open(type, length(line));
      default -> throw new ProtocolException("a reply can not begin with '" + type + "'");
    };
  }

  private @Nullable Reply readBulk(char type, int length, ByteBuf in) {
    if (length < 0) {
      return Reply.NIL;
    }
    if (in.readableBytes() < length + 2L) {
      return null;
    }
    byte[] value = new byte[length];
    in.readBytes(value);
    in.skipBytes(2);
    if (type == '$') {
      return new Reply.Bulk(value);
    }
    String text = new String(value, StandardCharsets.UTF_8);
    if (type == '!') {
      return new Reply.Failure(text);
    }
    if (text.length() < 4) {
      throw new ProtocolException("a verbatim string without its format");
    }
    return new Reply.Verbatim(text.substring(0, 3), text.substring(4));
  }

  private @Nullable Reply open(char type, int length) {
    if (length < 0) {
      return Reply.NIL_ARRAY;
    }
    int items = type == '%' ? length * 2 : length;
    if (items == 0) {
      return aggregate(type, List.of());
    }
    if (stack.size() == MAX_DEPTH) {
      throw new ProtocolException("replies nested more than " + MAX_DEPTH + " deep");
    }
    stack.push(new Open(type, items));
    return null;
  }

  private static Reply aggregate(char type, List<Reply> items) {
    return switch (type) {
      case '%' -> new Reply.Pairs(items);
      case '~' -> new Reply.Distinct(items);
      case '>' -> new Reply.Push(items);
      default -> items.isEmpty() ? Reply.EMPTY_ARRAY : new Reply.Array(items);
    };
  }

  private static @Nullable String readLine(ByteBuf in) {
    int length = in.bytesBefore((byte) '\n');
    if (length < 0) {
      if (in.readableBytes() > MAX_LINE) {
        throw new ProtocolException("a line of more than " + MAX_LINE + " bytes");
      }
      return null;
    }
    int text =
        length > 0 && in.getByte(in.readerIndex() + length - 1) == '\r' ? length - 1 : length;
    String line = in.readCharSequence(text, StandardCharsets.UTF_8).toString();
    in.skipBytes(length - text + 1);
    return line;
  }

  private static int length(String line) {
    long length = number(line);
    if (length < -1 || length > MAX_LENGTH) {
      throw new ProtocolException("invalid length " + length);
    }
    return (int) length;
  }

  private static long number(String line) {
    try {
      return Long.parseLong(line);
    } catch (NumberFormatException e) {
      throw new ProtocolException("expected a number, got '" + line + "'");
    }
  }

  private static double decimal(String line) {
    return switch (line) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> {
        try {
          yield Double.parseDouble(line);
        } catch (NumberFormatException e) {
          throw new ProtocolException("expected a decimal, got '" + line + "'");
        }
      }
    };
  }
}
