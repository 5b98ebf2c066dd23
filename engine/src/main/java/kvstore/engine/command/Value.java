package kvstore.engine.command;

import java.util.Arrays;

/**
 * What a key holds, with its time of expiry and its version. Immutable; the bytes are shared, not
 * copied, and must not be changed.
 */
public final class Value {
  /** Type byte of a string. Other types take other bytes. */
  public static final byte STRING = 1;

  /** Time of expiry of a key that stays. */
  public static final long NEVER = -1;

  private final byte type;
  private final long expireAtMs;
  private final long version;
  private final byte[] data;
  private final int offset;

  /**
   * @param expireAtMs the last ms at which the key exists, since the epoch, or {@link #NEVER}
   * @param data the payload, from {@code offset} to the end
   */
  public Value(byte type, long expireAtMs, long version, byte[] data, int offset) {
    this.type = type;
    this.expireAtMs = expireAtMs;
    this.version = version;
    this.data = data;
    this.offset = offset;
  }

  public byte type() {
    return type;
  }

  public long expireAtMs() {
    return expireAtMs;
  }

  public boolean expires() {
    return expireAtMs != NEVER;
  }

  public boolean expiredAt(long nowMs) {
    return expireAtMs != NEVER && nowMs > expireAtMs;
  }

  /** {@code (log index << 16) | place in the entry} of the last change. */
  public long version() {
    return version;
  }

  public int length() {
    return data.length - offset;
  }

  public byte at(int index) {
    return data[offset + index];
  }

  public byte[] data() {
    return data;
  }

  public int offset() {
    return offset;
  }

  /** The payload in an array of its own length; not to be changed. */
  public byte[] payload() {
    return offset == 0 ? data : Arrays.copyOfRange(data, offset, data.length);
  }

  /** Copies the payload into an array that is {@code length} long and may be changed. */
  byte[] payloadOfLength(int length) {
    byte[] copy = new byte[length];
    System.arraycopy(data, offset, copy, 0, Math.min(length, length()));
    return copy;
  }

  byte[] slice(int from, int to) {
    return Arrays.copyOfRange(data, offset + from, offset + to);
  }

  boolean holds(byte[] bytes) {
    return Arrays.equals(data, offset, data.length, bytes, 0, bytes.length);
  }
}
