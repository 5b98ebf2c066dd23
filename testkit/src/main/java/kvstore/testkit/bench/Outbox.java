package kvstore.testkit.bench;

import java.nio.ByteBuffer;

/** Bytes to be sent, in a buffer that grows as needed. Used by one thread. */
final class Outbox {

  private static final int FIRST_SIZE = 64 * 1024;

  private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_SIZE);

  /** The buffer, with room for {@code bytes} more; write at its position. */
  ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int wanted = Math.addExact(buffer.position(), bytes);
      int size = Math.max(wanted, (int) Math.min(Integer.MAX_VALUE, 2L * buffer.capacity()));
      ByteBuffer larger = ByteBuffer.allocateDirect(size);
      buffer.flip();
      larger.put(buffer);
      buffer = larger;
    }
    return buffer;
  }

  boolean isEmpty() {
    return buffer.position() == 0;
  }

  /** What was written, to be read; {@link #clear} must follow. */
  ByteBuffer flip() {
    return buffer.flip();
  }

  void clear() {
    buffer.clear();
  }
}
