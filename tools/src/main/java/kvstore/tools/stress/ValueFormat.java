package kvstore.tools.stress;

import java.nio.ByteBuffer;

/**
 * Values that tell which key they belong to and which write they are of: the key's number and the
 * version, 8 bytes each, then bytes that follow from both and from the run. So any damage shows,
 * and a value of another key, another write or another run is known for what it is.
 */
final class ValueFormat {

  static final int LEAST_SIZE = 24;

  /** Not a value of ours, or damaged. */
  static final int CORRUPT = -1;

  /** Whole, but of another key. */
  static final int OTHER_KEY = -2;

  private final int size;
  private final long run;

  ValueFormat(int size, long run) {
    if (size < LEAST_SIZE) {
      throw new IllegalArgumentException(
          "expected at least " + LEAST_SIZE + " bytes, but got " + size);
    }
    this.size = size;
    this.run = run;
  }

  int size() {
    return size;
  }

  void write(ByteBuffer out, long key, int version) {
    out.putLong(key);
    out.putLong(version);
    int at = 16;
    long seed = seed(key, version);
    for (; at + 8 <= size; at += 8) {
      out.putLong(filling(seed, at));
    }
    long rest = filling(seed, at);
    for (; at < size; at++, rest >>>= 8) {
      out.put((byte) rest);
    }
  }

  /** The version of the value at {@code start}; or {@link #CORRUPT} or {@link #OTHER_KEY}. */
  int read(ByteBuffer in, int start, int length, long key) {
    if (length != size) {
      return CORRUPT;
    }
    long storedKey = in.getLong(start);
    long version = in.getLong(start + 8);
    if (version <= 0 || version > Integer.MAX_VALUE) {
      return CORRUPT;
    }
    int at = 16;
    long seed = seed(storedKey, version);
    for (; at + 8 <= size; at += 8) {
      if (in.getLong(start + at) != filling(seed, at)) {
        return CORRUPT;
      }
    }
    long rest = filling(seed, at);
    for (; at < size; at++, rest >>>= 8) {
      if (in.get(start + at) != (byte) rest) {
        return CORRUPT;
      }
    }
    return storedKey == key ? (int) version : OTHER_KEY;
  }

  private long seed(long key, long version) {
    return scatter(run + scatter(key * 0x9E37_79B9_7F4A_7C15L + version));
  }

  private static long filling(long seed, int at) {
    return scatter(seed + at);
  }

  private static long scatter(long bits) {
    long mixed = (bits ^ (bits >>> 31)) * 0xD6E8_FEB8_6659_FD93L;
    return mixed ^ (mixed >>> 32);
  }
}
