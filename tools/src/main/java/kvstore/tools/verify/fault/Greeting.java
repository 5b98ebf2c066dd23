package kvstore.tools.verify.fault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Who connects: a node says so in the first frame of a peer connection, in the clear ({@code
 * docs/formats/peer-protocol.md}).
 */
final class Greeting {

  /** Preamble, length, kind, version, lane, nonce. */
  private static final int BEFORE_NAMES = 6 + 4 + 1 + 1 + 1 + 32;

  private static final int MAGIC = 0x4b565052; // KVPR

  /** Longest greeting: two names of at most 255 bytes. */
  static final int MOST_BYTES = BEFORE_NAMES + 2 * 256;

  /** Not a name of a node. */
  static final String STRANGER = "";

  private Greeting() {}

  /**
   * @param bytes the first bytes of a connection
   * @return the name; {@link #STRANGER} if this is no greeting; null if more bytes are needed
   */
  static @Nullable String nameIn(ByteBuffer bytes) {
    ByteBuffer in = bytes.duplicate();
    if (in.remaining() >= 4 && in.getInt(in.position()) != MAGIC) {
      return STRANGER;
    }
    if (in.remaining() <= BEFORE_NAMES) {
      return null;
    }
    in.position(in.position() + BEFORE_NAMES);
    int cluster = Byte.toUnsignedInt(in.get());
    if (in.remaining() <= cluster) {
      return null;
    }
    in.position(in.position() + cluster);
    byte[] name = new byte[Byte.toUnsignedInt(in.get())];
    if (in.remaining() < name.length) {
      return null;
    }
    in.get(name);
    return new String(name, StandardCharsets.UTF_8);
  }
}
