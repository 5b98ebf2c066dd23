package kvstore.engine.keyspace;

import java.nio.ByteBuffer;
import java.util.Arrays;
import kvstore.engine.command.KeyView;

/** Keys as stored; laid out in {@code docs/formats/keyspace.md}. */
final class StorageKeys {
  static final int SLOT_BYTES = 2;
  static final int TIME_BYTES = 8;

  /** Not greater than any stored key. */
  static final byte[] FIRST = {};

  private StorageKeys() {}

  /** Key of a record: slot, then the user's key. */
  static byte[] record(int slot, byte[] key) {
    if (slot < 0 || slot >= KeyView.SLOTS) {
      throw new IllegalArgumentException("expected a slot from 0 to 16383, but got " + slot);
    }
    byte[] stored = new byte[SLOT_BYTES + key.length];
    stored[0] = (byte) (slot >> 8);
    stored[1] = (byte) slot;
    System.arraycopy(key, 0, stored, SLOT_BYTES, key.length);
    return stored;
  }

  /** Not greater than any record key of the slot, and greater than those of lower ones. */
  static byte[] startOf(int slot) {
    return new byte[] {(byte) (slot >> 8), (byte) slot};
  }

  static int slotOf(byte[] recordKey) {
    return (recordKey[0] & 0xFF) << 8 | recordKey[1] & 0xFF;
  }

  static byte[] userKey(byte[] recordKey) {
    return Arrays.copyOfRange(recordKey, SLOT_BYTES, recordKey.length);
  }

  /** Key in the expiry index: time, then the record's key. */
  static byte[] expiry(long expireAtMs, byte[] recordKey) {
    byte[] stored = new byte[TIME_BYTES + recordKey.length];
    ByteBuffer.wrap(stored).putLong(expireAtMs).put(recordKey);
    return stored;
  }

  /** Greater than every entry of the expiry index with an earlier time, and than no other. */
  static byte[] expiryBefore(long timeMs) {
    return ByteBuffer.allocate(TIME_BYTES).putLong(timeMs).array();
  }

  static int slotOfExpiry(byte[] expiryKey) {
    return (expiryKey[TIME_BYTES] & 0xFF) << 8 | expiryKey[TIME_BYTES + 1] & 0xFF;
  }

  static byte[] userKeyOfExpiry(byte[] expiryKey) {
    return Arrays.copyOfRange(expiryKey, TIME_BYTES + SLOT_BYTES, expiryKey.length);
  }
}
