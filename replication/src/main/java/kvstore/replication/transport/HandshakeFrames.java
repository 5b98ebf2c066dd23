package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The frames two nodes exchange before they trust each other. */
final class HandshakeFrames {

  /** Longest text of a refusal, in bytes. */
  private static final int MAX_REASON_BYTES = 200;

  /** What the connecting node says first. */
  record Hello(int version, int lane, byte[] nonce, String clusterId, String from, String to) {}

  private HandshakeFrames() {}

  /** Sent in the clear before TLS, so that the connection can go to its lane's event loop. */
  static ByteBuf preamble(ByteBufAllocator allocator, Lane lane) {
    return allocator
        .ioBuffer(Frames.PREAMBLE_BYTES)
        .writeInt(Frames.MAGIC)
        .writeByte(Frames.VERSION)
        .writeByte(lane.code());
  }

  static ByteBuf hello(ByteBufAllocator allocator, Hello hello) {
    ByteBuf frame = begin(allocator, Frames.HELLO);
    frame.writeByte(hello.version()).writeByte(hello.lane()).writeBytes(hello.nonce());
    writeString(frame, hello.clusterId());
    writeString(frame, hello.from());
    writeString(frame, hello.to());
    return end(frame);
  }

  /** Reads the rest of a HELLO behind its kind; null if it is malformed. */
  static @Nullable Hello readHello(ByteBuf in) {
    if (in.readableBytes() < 2 + Credentials.NONCE_BYTES) {
      return null;
    }
    int version = in.readUnsignedByte();
    int lane = in.readUnsignedByte();
    byte[] nonce = new byte[Credentials.NONCE_BYTES];
    in.readBytes(nonce);
    String clusterId = readString(in);
    String from = readString(in);
    String to = readString(in);
    if (clusterId == null || from == null || to == null || in.isReadable()) {
      return null;
    }
    return new Hello(version, lane, nonce, clusterId, from, to);
  }

  /** A frame of one kind and 32 bytes: CHALLENGE with a nonce, PROOF and WELCOME with a proof. */
  static ByteBuf bytes(ByteBufAllocator allocator, byte kind, byte[] bytes) {
    return end(begin(allocator, kind).writeBytes(bytes));
  }

  /** Reads what {@link #bytes} wrote behind the kind; null if it is malformed. */
  static byte @Nullable [] readBytes(ByteBuf in) {
    if (in.readableBytes() != Credentials.NONCE_BYTES) {
      return null;
    }
    byte[] bytes = new byte[Credentials.NONCE_BYTES];
    in.readBytes(bytes);
    return bytes;
  }

  static ByteBuf refuse(ByteBufAllocator allocator, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    ByteBuf frame = begin(allocator, Frames.REFUSE);
    return end(frame.writeBytes(text, 0, Math.min(text.length, MAX_REASON_BYTES)));
  }

  /** Reads a refusal's text, with anything odd in it made harmless for a log. */
  static String readRefusal(ByteBuf in) {
    return in.toString(StandardCharsets.UTF_8).replaceAll("[^\\x20-\\x7e]", "?");
  }

  private static ByteBuf begin(ByteBufAllocator allocator, byte kind) {
    return allocator.ioBuffer(128).writeInt(0).writeByte(kind);
  }

  private static ByteBuf end(ByteBuf frame) {
    return frame.setInt(0, frame.readableBytes() - Frames.LENGTH_BYTES);
  }

  private static void writeString(ByteBuf out, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeByte(bytes.length).writeBytes(bytes);
  }

  private static @Nullable String readString(ByteBuf in) {
    if (!in.isReadable()) {
      return null;
    }
    int length = in.readUnsignedByte();
    if (in.readableBytes() < length) {
      return null;
    }
    return in.readCharSequence(length, StandardCharsets.UTF_8).toString();
  }
}
