package kvstore.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.nio.charset.StandardCharsets;
import kvstore.protocol.ProtocolVersion;
import kvstore.protocol.Reply;
import kvstore.protocol.RespEncoder;
import org.jspecify.annotations.Nullable;

/** Encodes the replies of one flush into one buffer; big values are not copied. Event loop only. */
final class ReplyWriter {

  private static final int SMALLEST = 256;
  private static final int CHUNK = 64 << 10;
  private static final int FLUSH_EVERY = 1 << 20;
  private static final int NOT_COPIED = 32 << 10;
  private static final byte[] CRLF = {'\r', '\n'};

  private final Channel channel;
  private @Nullable ByteBuf out;
  private int expected = SMALLEST;
  private long unflushed;
  private long written;

  ReplyWriter(Channel channel) {
    this.channel = channel;
  }

  /** The one reply of a connection that is refused. */
  static void writeAndClose(Channel channel, Reply reply) {
    ByteBuf buffer = channel.alloc().directBuffer(SMALLEST);
    RespEncoder.write(reply, ProtocolVersion.RESP2, buffer);
    channel.writeAndFlush(buffer).addListener(future -> channel.close());
  }

  void write(Reply reply, boolean resp3) {
    if (reply instanceof Reply.Bulk bulk && bulk.value().length >= NOT_COPIED) {
      writeBig(bulk.value());
      return;
    }
    ByteBuf buffer = buffer();
    RespEncoder.write(reply, resp3 ? ProtocolVersion.RESP3 : ProtocolVersion.RESP2, buffer);
    if (buffer.readableBytes() >= CHUNK) {
      pass();
    }
  }

  void flush() {
    pass();
    if (unflushed > 0) {
      unflushed = 0;
      channel.flush();
    }
  }

  /** Bytes encoded and not yet taken by the network. */
  long pendingBytes() {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    return (outbound == null ? 0 : outbound.totalPendingWriteBytes())
        + (out == null ? 0 : out.readableBytes());
  }

  /** Bytes ever handed to the channel. */
  long writtenBytes() {
    return written;
  }

  void release() {
    if (out != null) {
      out.release();
      out = null;
    }
  }

  private void writeBig(byte[] value) {
    ByteBuf header = buffer();
    header.writeByte('$');
    header.writeCharSequence(Integer.toString(value.length), StandardCharsets.US_ASCII);
    header.writeBytes(CRLF);
    pass();
    hand(Unpooled.wrappedBuffer(value));
    buffer().writeBytes(CRLF);
  }

  private ByteBuf buffer() {
    ByteBuf buffer = out;
    if (buffer == null) {
      buffer = channel.alloc().directBuffer(expected);
      out = buffer;
    }
    return buffer;
  }

  private void pass() {
    ByteBuf buffer = out;
    if (buffer != null) {
      out = null;
      expected =
          Math.max(SMALLEST, Math.min(CHUNK, Integer.highestOneBit(buffer.readableBytes()) * 2));
      hand(buffer);
    }
  }

  private void hand(ByteBuf buffer) {
    int length = buffer.readableBytes();
    written += length;
    unflushed += length;
    channel.write(buffer, channel.voidPromise());
    if (unflushed >= FLUSH_EVERY) {
      unflushed = 0;
      channel.flush();
    }
  }
}
