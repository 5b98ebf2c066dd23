package kvstore.replication.transport;

import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.TooLongFrameException;
import java.util.ArrayList;
import java.util.List;
import kvstore.testkit.fuzz.FuzzTarget;
import kvstore.testkit.fuzz.Slices;

/** The peer port, docs/formats/peer-protocol.md: frames, the handshake, Raft's messages. */
public final class PeerFuzz implements FuzzTarget {

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

  @Override
  public String name() {
    return "peer";
  }

  @Override
  public List<byte[]> seeds() {
    byte[] nonce = new byte[Credentials.NONCE_BYTES];
    HandshakeFrames.Hello hello = new HandshakeFrames.Hello(1, 1, nonce, "cluster", "n1", "n2");
    List<byte[]> seeds = new ArrayList<>();
    seeds.add(bytes(HandshakeFrames.hello(HEAP, hello)));
    seeds.add(bytes(HandshakeFrames.bytes(HEAP, Frames.CHALLENGE, nonce)));
    seeds.add(bytes(HandshakeFrames.refuse(HEAP, "no")));
    for (int method : RaftMessages.REQUESTS) {
      ByteBuf frame = Frames.header(HEAP, Frames.REQUEST, method, 1, 8, 8);
      frame.writeByte(0).writeByte(2).writeByte('g').writeByte('1').writeInt(0x0a026731);
      seeds.add(bytes(frame));
    }
    return seeds;
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = ByteBufUtil.getBytes(buffer);
    buffer.release();
    return bytes;
  }

  @Override
  public void read(byte[] input) {
    List<String> whole = frames(List.of(Unpooled.copiedBuffer(input)));
    List<ByteBuf> slices = new ArrayList<>();
    Slices.of(input, slices::add);
    List<String> sliced = frames(slices);
    if (!whole.equals(sliced)) {
      throw new AssertionError("expected frames " + whole + ", but got in slices " + sliced);
    }
  }

  /** What comes out; the last one tells how a stream that is refused was refused. */
  private static List<String> frames(List<ByteBuf> parts) {
    EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());
    List<String> frames = new ArrayList<>();
    try {
      for (ByteBuf part : parts) {
        channel.writeInbound(part);
        take(channel, frames);
      }
    } catch (TooLongFrameException refused) {
      take(channel, frames);
      frames.add(String.valueOf(refused.getMessage()));
      parts.stream().filter(part -> part.refCnt() > 0).forEach(ByteBuf::release);
    } finally {
      channel.finishAndReleaseAll();
    }
    return frames;
  }

  private static void take(EmbeddedChannel channel, List<String> frames) {
    for (ByteBuf frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
      frames.add(ByteBufUtil.hexDump(frame));
      try {
        readFrame(frame);
      } finally {
        frame.release();
      }
    }
  }

  private static void readFrame(ByteBuf frame) {
    switch (frame.getByte(frame.readerIndex())) {
      case Frames.HELLO -> readHello(frame.duplicate().skipBytes(1));
      case Frames.CHALLENGE, Frames.PROOF, Frames.WELCOME ->
          HandshakeFrames.readBytes(frame.duplicate().skipBytes(1));
      case Frames.REFUSE -> HandshakeFrames.readRefusal(frame.duplicate().skipBytes(1));
      default -> {
        if (frame.readableBytes() >= Frames.HEADER_BYTES) {
          int method = frame.getUnsignedShort(frame.readerIndex() + 2);
          readBody(method, frame.duplicate().skipBytes(Frames.HEADER_BYTES));
        }
      }
    }
  }

  private static void readHello(ByteBuf in) {
    HandshakeFrames.Hello hello = HandshakeFrames.readHello(in);
    if (hello != null && isAscii(hello.clusterId() + hello.from() + hello.to())) {
      ByteBuf written = HandshakeFrames.hello(HEAP, hello);
      HandshakeFrames.Hello again =
          HandshakeFrames.readHello(written.skipBytes(Frames.LENGTH_BYTES + 1));
      written.release();
      if (again == null
          || !again.clusterId().equals(hello.clusterId())
          || !again.from().equals(hello.from())
          || !again.to().equals(hello.to())) {
        throw new AssertionError("a greeting is not read as it was written");
      }
    }
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static void readBody(int method, ByteBuf body) {
    try {
      RaftMessages.decodeResponse(body.duplicate());
    } catch (InvalidProtocolBufferException malformed) {
      // as documented
    }
    RaftMessages.Envelope envelope = RaftMessages.readEnvelope(body.duplicate());
    if (envelope != null) {
      try {
        RaftMessages.decodeRequest(method, envelope.body());
      } catch (InvalidProtocolBufferException malformed) {
        // as documented
      }
    }
  }
}
