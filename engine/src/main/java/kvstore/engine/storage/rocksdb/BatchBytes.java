package kvstore.engine.storage.rocksdb;

import java.util.Arrays;

/**
 * A write batch as RocksDB lays it out: a sequence number of 8 bytes and a count of 4, little
 * endian, then for each change its kind, its column family, its key and its value, all numbers as
 * varints of 32 bits. RocksDB's log files hold the same bytes, so that the layout stays.
 */
final class BatchBytes {
  private static final int HEADER_BYTES = 12;
  private static final int COUNT_AT = 8;
  private static final int KEPT_BYTES = 1 << 20;
  private static final int FIRST_BYTES = 4 << 10;
  private static final int LONGEST_VARINT = 5;

  private static final byte DELETION = 0x4;
  private static final byte VALUE = 0x5;
  private static final byte RANGE_DELETION = 0xE;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int length = HEADER_BYTES;
  private int count;

  void put(int family, byte[] key, byte[] value) {
    start(VALUE, family, (long) key.length + value.length);
    add(key);
    add(value);
  }

  void delete(int family, byte[] key) {
    start(DELETION, family, key.length);
    add(key);
  }

  void deleteRange(int family, byte[] from, byte[] to) {
    start(RANGE_DELETION, family, (long) from.length + to.length);
    add(from);
    add(to);
  }

  byte[] toArray() {
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes[COUNT_AT + i] = (byte) (count >>> 8 * i);
    }
    return Arrays.copyOf(bytes, length);
  }

  void clear() {
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[FIRST_BYTES];
    }
    length = HEADER_BYTES;
    count = 0;
  }

  private void start(byte kind, int family, long payload) {
    long needed = length + 1 + 3L * LONGEST_VARINT + payload;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException("a batch of " + needed + " bytes is too large");
    }
    if (needed > bytes.length) {
      bytes =
          Arrays.copyOf(
              bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length)));
    }
    bytes[length++] = kind;
    varint(family);
    count++;
  }

  private void add(byte[] part) {
    varint(part.length);
    System.arraycopy(part, 0, bytes, length, part.length);
    length += part.length;
  }

  private void varint(int value) {
    int rest = value;
    while ((rest & ~0x7F) != 0) {
      bytes[length++] = (byte) (rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }
}
