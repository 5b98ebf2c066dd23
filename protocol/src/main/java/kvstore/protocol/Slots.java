package kvstore.protocol;

/**
 * Hash slots as the Redis Cluster specification defines them: CRC16 (XMODEM) of the key, or of its
 * first non-empty {@code {hash tag}}, modulo 16384.
 */
public final class Slots {

  public static final int COUNT = 16_384;

  private static final int POLYNOMIAL = 0x1021;
  private static final char[] TABLE = new char[256];

  static {
    for (int i = 0; i < TABLE.length; i++) {
      int crc = i << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
      }
      TABLE[i] = (char) crc;
    }
  }

  private Slots() {}

  /** The key's slot, 0 to 16383. */
  public static int slotOf(byte[] key) {
    int open = indexOf(key, '{', 0);
    if (open >= 0) {
      int close = indexOf(key, '}', open + 1);
      if (close > open + 1) {
        return crc16(key, open + 1, close) % COUNT;
      }
    }
    return crc16(key, 0, key.length) % COUNT;
  }

  static int crc16(byte[] bytes, int from, int to) {
    int crc = 0;
    for (int i = from; i < to; i++) {
      crc = crc << 8 & 0xffff ^ TABLE[(crc >>> 8 ^ bytes[i]) & 0xff];
    }
    return crc;
  }

  private static int indexOf(byte[] bytes, char wanted, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }
}
