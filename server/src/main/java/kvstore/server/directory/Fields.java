package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Function;
import kvstore.replication.NodeId;

/**
 * The pieces of the directory's formats, as docs/formats/directory.md specifies them. Integers are
 * big endian. Whatever is read is bounded, and malformed bytes are an {@link
 * IllegalArgumentException} that says what was expected.
 */
final class Fields {

  /** The longest message, state or command that is taken or made, bytes. */
  static final int MOST_BYTES = 16 << 20;

  private static final int MOST_TEXT = 1_024;

  private Fields() {}

  static byte[] bytes(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer();
    writer.accept(out);
    return ByteBufUtil.getBytes(out);
  }

  /** Reads all of {@code in}. */
  static <T> T read(String what, ByteBuf in, Function<ByteBuf, T> reader) {
    if (in.readableBytes() > MOST_BYTES) {
      throw new IllegalArgumentException(
          "expected a " + what + " of at most " + MOST_BYTES + " bytes, but got more");
    }
    T value;
    try {
      value = reader.apply(in);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("expected a whole " + what + ", but it ends too early", e);
    }
    if (in.isReadable()) {
      throw new IllegalArgumentException(
          "expected the " + what + " to end, but " + in.readableBytes() + " bytes follow");
    }
    return value;
  }

  static <T> T read(String what, ByteBuffer in, Function<ByteBuf, T> reader) {
    return read(what, Unpooled.wrappedBuffer(in), reader);
  }

  /** Reads a format's number, the first byte of everything. */
  static int readFormat(String what, ByteBuf in, int newest) {
    int format = in.readUnsignedByte();
    if (format < 1 || format > newest) {
      throw new IllegalArgumentException(
          "expected a "
              + what
              + " of format 1 to "
              + newest
              + ", but got "
              + format
              + (format > newest ? ": written by a newer release; upgrade this node" : ""));
    }
    return format;
  }

  static void writeText(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_TEXT) {
      throw new IllegalArgumentException(
          "expected a text of at most " + MOST_TEXT + " bytes, but got " + bytes.length);
    }
    out.writeShort(bytes.length).writeBytes(bytes);
  }

  static String readText(ByteBuf in) {
    int length = in.readUnsignedShort();
    if (length > MOST_TEXT) {
      throw new IllegalArgumentException(
          "expected a text of at most " + MOST_TEXT + " bytes, but its length says " + length);
    }
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    try {
      // not made good silently: what replaces a bad byte is longer, and may not be written again
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("expected a text in UTF-8", e);
    }
  }

  static void writeNode(ByteBuf out, NodeId node) {
    byte[] bytes = node.value().getBytes(StandardCharsets.US_ASCII);
    out.writeByte(bytes.length).writeBytes(bytes);
  }

  static NodeId readNode(ByteBuf in) {
    byte[] bytes = new byte[in.readUnsignedByte()];
    in.readBytes(bytes);
    return new NodeId(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  static void writeNodes(ByteBuf out, Collection<NodeId> nodes) {
    out.writeShort(nodes.size());
    nodes.stream().sorted().forEach(node -> writeNode(out, node));
  }

  static boolean readFlag(ByteBuf in) {
    int flag = in.readUnsignedByte();
    if (flag > 1) {
      throw new IllegalArgumentException("expected a flag of 0 or 1, but got " + flag);
    }
    return flag == 1;
  }

  static long readPositive(ByteBuf in) {
    long value = in.readLong();
    if (value < 0) {
      throw new IllegalArgumentException("expected a number of at least 0, but got " + value);
    }
    return value;
  }

  static int readNumber(ByteBuf in) {
    int value = in.readInt();
    if (value < 0) {
      throw new IllegalArgumentException("expected a number of at least 0, but got " + value);
    }
    return value;
  }

  /** Reads how many items follow, of at least one byte each. */
  static int readCount(ByteBuf in) {
    int count = in.readUnsignedShort();
    if (count > in.readableBytes()) {
      throw new IllegalArgumentException(
          "expected " + count + " items, but the message is shorter");
    }
    return count;
  }

  static <E extends Enum<E>> E readEnum(ByteBuf in, E[] values) {
    int ordinal = in.readUnsignedByte();
    if (ordinal >= values.length) {
      throw new IllegalArgumentException(
          "expected a "
              + values[0].getDeclaringClass().getSimpleName()
              + " below "
              + values.length
              + ", but got "
              + ordinal);
    }
    return values[ordinal];
  }
}
