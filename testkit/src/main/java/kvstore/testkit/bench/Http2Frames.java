package kvstore.testkit.bench;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Cuts a stream of bytes into HTTP/2 frames (RFC 9113, section 4). One per connection. */
final class Http2Frames {

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;

  static final int HEAD = 9;
  private static final int LONGEST = 16_384; // we never announce more

  /** Hears of each frame; {@code payload} is valid during the call, from position to limit. */
  interface Frames {
    void frame(int type, int flags, int stream, ByteBuffer payload) throws IOException;
  }

  private final ByteBuffer partial = ByteBuffer.allocate(HEAD + LONGEST);

  /**
   * Takes all bytes of {@code in}; an incomplete frame is kept until the rest comes.
   *
   * @throws IOException for a frame that is too long
   */
  void scan(ByteBuffer in, Frames frames) throws IOException {
    while (in.hasRemaining()) {
      if (partial.position() > 0) {
        complete(in, frames);
      } else if (!whole(in)) {
        partial.put(in);
      } else {
        deliver(in, frames);
      }
    }
  }

  private static boolean whole(ByteBuffer in) throws IOException {
    return in.remaining() >= HEAD && in.remaining() >= HEAD + length(in, in.position());
  }

  private static int length(ByteBuffer in, int at) throws IOException {
    int length = (in.get(at) & 0xFF) << 16 | (in.get(at + 1) & 0xFF) << 8 | in.get(at + 2) & 0xFF;
    if (length > LONGEST) {
      throw new IOException("expected frames of at most " + LONGEST + " bytes, got " + length);
    }
    return length;
  }

  private void complete(ByteBuffer in, Frames frames) throws IOException {
    take(in, HEAD - partial.position());
    if (partial.position() < HEAD) {
      return;
    }
    int whole = HEAD + length(partial, 0);
    take(in, whole - partial.position());
    if (partial.position() == whole) {
      partial.flip();
      deliver(partial, frames);
      partial.clear();
    }
  }

  private void take(ByteBuffer in, int wanted) {
    int limit = in.limit();
    in.limit(Math.min(limit, in.position() + Math.max(0, wanted)));
    partial.put(in);
    in.limit(limit);
  }

  private static void deliver(ByteBuffer in, Frames frames) throws IOException {
    int length = length(in, in.position());
    in.position(in.position() + 3);
    int type = in.get();
    int flags = in.get();
    int stream = in.getInt() & Integer.MAX_VALUE;
    int limit = in.limit();
    int end = in.position() + length;
    in.limit(end);
    frames.frame(type, flags, stream, in);
    in.limit(limit).position(end);
  }

  /** Writes a frame's head. */
  static void putHead(ByteBuffer out, int length, int type, int flags, int stream) {
    out.put((byte) (length >> 16)).put((byte) (length >> 8)).put((byte) length);
    out.put((byte) type).put((byte) flags).putInt(stream);
  }
}
