package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;

/** Message frames on the wire, as docs/formats/peer-protocol.md lays them out. */
final class Frames {

  static final int PREAMBLE_BYTES = 6;

  /** "KVPR" */
  static final int MAGIC = 0x4b565052;

  static final int VERSION = 1;

  static final byte HELLO = 1;
  static final byte CHALLENGE = 2;
  static final byte PROOF = 3;
  static final byte WELCOME = 4;
  static final byte REFUSE = 5;
  static final byte REQUEST = 16;
  static final byte RESPONSE = 17;
  static final byte REFUSAL = 18;
  static final byte PING = 19;
  static final byte PONG = 20;

  static final int LENGTH_BYTES = 4;

  /** Kind, a reserved zero, method, request id. */
  static final int HEADER_BYTES = 12;

  static final int MAX_HANDSHAKE_FRAME_BYTES = 512;

  /** A body up to this size is copied next to its header; a larger one is written by itself. */
  private static final int COPY_BELOW_BYTES = 1024;

  private Frames() {}

  /** A frame's header with room for {@code extraBytes} behind it. */
  static ByteBuf header(
      ByteBufAllocator allocator, byte kind, int method, long id, int bodyBytes, int extraBytes) {
    return allocator
        .ioBuffer(LENGTH_BYTES + HEADER_BYTES + extraBytes)
        .writeInt(HEADER_BYTES + bodyBytes)
        .writeByte(kind)
        .writeByte(0)
        .writeShort(method)
        .writeLong(id);
  }

  /** Writes a frame without flushing it; the body's reference passes to the channel. */
  static ChannelFuture write(
      Channel channel, byte kind, int method, long id, ByteBuf body, ChannelPromise promise) {
    int bytes = body.readableBytes();
    if (bytes <= COPY_BELOW_BYTES) {
      ByteBuf frame = header(channel.alloc(), kind, method, id, bytes, bytes);
      try {
        frame.writeBytes(body);
      } finally {
        body.release();
      }
      return channel.write(frame, promise);
    }
    var unused =
        channel.write(header(channel.alloc(), kind, method, id, bytes, 0), channel.voidPromise());
    return channel.write(body, promise);
  }

  static ByteBuf refusal(ByteBufAllocator allocator, String message) {
    return ByteBufUtil.writeUtf8(allocator, message);
  }
}
