package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.TooLongFrameException;
import java.util.List;

/** Cuts the stream into frames, without their length field. */
final class FrameDecoder extends ByteToMessageDecoder {

  private int maxFrameBytes = Frames.MAX_HANDSHAKE_FRAME_BYTES;

  /** Lets larger frames in, once the other side has proved itself. Event loop only. */
  void allow(int bytes) {
    maxFrameBytes = bytes;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < Frames.LENGTH_BYTES) {
      return;
    }
    long length = in.getUnsignedInt(in.readerIndex());
    if (length < 1 || length > maxFrameBytes) {
      in.skipBytes(in.readableBytes());
      throw new TooLongFrameException(
          "expected a frame of 1 to " + maxFrameBytes + " bytes, but got " + length);
    }
    int bytes = (int) length;
    int missing = Frames.LENGTH_BYTES + bytes - in.readableBytes();
    if (missing > 0) {
      return;
    }
    in.skipBytes(Frames.LENGTH_BYTES);
    out.add(in.readRetainedSlice(bytes));
  }
}
