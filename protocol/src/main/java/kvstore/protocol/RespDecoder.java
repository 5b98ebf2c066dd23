package kvstore.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests off a byte stream that may break anywhere: arrays of bulk strings, and inline
 * commands. One decoder per connection; not thread-safe. Error texts are Redis's.
 *
 * <p>Memory is bounded by what has arrived: a length alone allocates nothing. A large argument is
 * taken off the stream as it comes in, so that the caller's buffer stays small.
 */
public final class RespDecoder {

  private static final int START = -1;

  /** Arguments longer than this do not wait in the caller's buffer. */
  private static final int STREAMED_FROM = 32 << 10;

  /** What an argument takes beside its bytes: its header, and the reference to it. */
  private static final int ARGUMENT_OVERHEAD = 24;

  private static final int MOST_PLAIN_DIGITS = 9;
  private static final long NOT_PLAIN = Long.MIN_VALUE;

  private final ProtocolLimits limits;

  /** Arguments still to come of the array begun; {@link #START} between requests. */
  private int remaining = START;

  private byte[][] arguments = {};
  private int count;
  private long requestBytes;

  /** Memory of the arguments that have come of the array begun. */
  private long heldBytes;

  /** Length of the argument begun; {@link #START} before its header. */
  private int bulkLength = START;

  /** A large argument of which a part has come; its array grows with what has. */
  private byte[] partial = {};

  private int filled;

  public RespDecoder(ProtocolLimits limits) {
    this.limits = limits;
  }

  /**
   * The next request, or null if more bytes are needed.
   *
   * @throws ProtocolException if the bytes are not of the protocol; the stream is of no use then
   */
  public @Nullable Request decode(ByteBuf in) {
    while (true) {
      if (remaining == START) {
        if (!in.isReadable()) {
          return null;
        }
        if (in.getByte(in.readerIndex()) != '*') {
          byte[] line = readLine(in, "too big inline request");
          if (line == null) {
            return null;
          }
          byte[][] words = InlineWords.split(line);
          if (words.length == 0) {
            continue;
          }
          return new Request(words);
        }
        if (!startArray(in)) {
          return null;
        }
        continue;
      }
      Request request = continueArray(in);
      if (request != null || remaining != START) {
        return request;
      }
    }
  }

  private boolean startArray(ByteBuf in) {
    long length = plainNumber(in);
    if (length == NOT_PLAIN) {
      byte[] line = readLine(in, "too big mbulk count string");
      if (line == null) {
        return false;
      }
      length = number(line, "invalid multibulk length");
    }
    if (length > limits.arguments()) {
      throw new ProtocolException("invalid multibulk length");
    }
    if (length > 0) {
      remaining = (int) length;
      arguments = new byte[Math.min(remaining, 64)][];
      count = 0;
      requestBytes = 0;
      heldBytes = 0;
    }
    return true;
  }

  /** Bytes of memory that a request takes of which a part has come; 0 between requests. */
  public long heldBytes() {
    return remaining == START ? 0 : heldBytes + partial.length;
  }

  private @Nullable Request continueArray(ByteBuf in) {
    while (remaining > 0) {
      if (bulkLength == START && !startBulk(in)) {
        return null;
      }
      byte[] argument = bulkLength > STREAMED_FROM ? streamedBulk(in) : wholeBulk(in);
      if (argument == null) {
        return null;
      }
      in.skipBytes(2);
      bulkLength = START;
      if (count == arguments.length) {
        arguments = Arrays.copyOf(arguments, Math.min(count * 2, count + remaining));
      }
      arguments[count++] = argument;
      heldBytes += ARGUMENT_OVERHEAD + argument.length;
      remaining--;
    }
    Request request =
        new Request(count == arguments.length ? arguments : Arrays.copyOf(arguments, count));
    remaining = START;
    arguments = new byte[0][];
    return request;
  }

  /** The argument once it and its line end are there. */
  private byte @Nullable [] wholeBulk(ByteBuf in) {
    if (in.readableBytes() < bulkLength + 2) {
      return null;
    }
    byte[] argument = new byte[bulkLength];
    in.readBytes(argument);
    return argument;
  }

  private byte @Nullable [] streamedBulk(ByteBuf in) {
    int come = Math.min(in.readableBytes(), bulkLength - filled);
    if (filled + come > partial.length) {
      long doubled = Math.max(filled + come, partial.length * 2L);
      partial = Arrays.copyOf(partial, (int) Math.min(doubled, bulkLength));
    }
    in.readBytes(partial, filled, come);
    filled += come;
    if (filled < bulkLength || in.readableBytes() < 2) {
      return null;
    }
    byte[] argument = partial;
    partial = new byte[0];
    filled = 0;
    return argument;
  }

  private boolean startBulk(ByteBuf in) {
    if (!in.isReadable()) {
      return false;
    }
    byte first = in.getByte(in.readerIndex());
    if (first != '$') {
      throw new ProtocolException("expected '$', got '" + printable(first) + "'");
    }
    long length = plainNumber(in);
    if (length == NOT_PLAIN) {
      byte[] line = readLine(in, "too big bulk count string");
      if (line == null) {
        return false;
      }
      length = number(line, "invalid bulk length");
    }
    if (length < 0 || length > limits.bulkBytes()) {
      throw new ProtocolException("invalid bulk length");
    }
    requestBytes += length;
    if (requestBytes > limits.requestBytes()) {
      throw new ProtocolException(
          "too big request: expected at most " + limits.requestBytes() + " bytes of arguments");
    }
    bulkLength = (int) length;
    return true;
  }

  /** The line without its end, or null if it has not ended yet. */
  private byte @Nullable [] readLine(ByteBuf in, String tooLong) {
    int length = in.bytesBefore((byte) '\n');
    if (length < 0 ? in.readableBytes() > limits.inlineBytes() : length > limits.inlineBytes()) {
      throw new ProtocolException(tooLong);
    }
    if (length < 0) {
      return null;
    }
    boolean carriageReturn = length > 0 && in.getByte(in.readerIndex() + length - 1) == '\r';
    byte[] line = new byte[carriageReturn ? length - 1 : length];
    in.readBytes(line);
    in.skipBytes(carriageReturn ? 2 : 1);
    return line;
  }

  /**
   * Reads the usual form of a header line where it lies: a character, few digits, the line's end.
   *
   * @return {@link #NOT_PLAIN}, with nothing read, if the line is of another form or not all there
   */
  private static long plainNumber(ByteBuf in) {
    int first = in.readerIndex() + 1;
    int end = Math.min(in.writerIndex(), first + MOST_PLAIN_DIGITS + 2);
    long value = 0;
    for (int at = first; at < end; at++) {
      byte next = in.getByte(at);
      if (next >= '0' && next <= '9') {
        value = value * 10 + (next - '0');
      } else if (next == '\r' && at > first && at + 1 < end && in.getByte(at + 1) == '\n') {
        in.readerIndex(at + 2);
        return value;
      } else {
        return NOT_PLAIN;
      }
    }
    return NOT_PLAIN;
  }

  /** The number behind the line's first character. */
  private static long number(byte[] line, String invalid) {
    int at = 1;
    boolean negative = line.length > 1 && line[1] == '-';
    if (negative) {
      at++;
    }
    if (at >= line.length || line.length - at > 18) {
      throw new ProtocolException(invalid);
    }
    long value = 0;
    for (; at < line.length; at++) {
      int digit = line[at] - '0';
      if (digit < 0 || digit > 9) {
        throw new ProtocolException(invalid);
      }
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  private static char printable(byte value) {
    return value >= 0x20 && value < 0x7f ? (char) value : '?';
  }
}
