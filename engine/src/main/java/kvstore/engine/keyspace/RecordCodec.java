package kvstore.engine.keyspace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import kvstore.engine.command.Value;
import kvstore.engine.storage.StorageException;

/** Values as stored; laid out in {@code docs/formats/keyspace.md}. */
final class RecordCodec {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int EXPIRES = 1;
  private static final int FLAGS_OFFSET = 1;
  private static final int PREFIX_BYTES = 2;
  private static final int SHORT_HEADER = PREFIX_BYTES + 8;
  private static final int LONG_HEADER = PREFIX_BYTES + 16;

  private RecordCodec() {}

  static byte[] encode(Value value) {
    int header = value.expires() ? LONG_HEADER : SHORT_HEADER;
    byte[] stored = new byte[header + value.length()];
    stored[0] = value.type();
    if (value.expires()) {
      stored[FLAGS_OFFSET] = EXPIRES;
      LONG.set(stored, PREFIX_BYTES, value.expireAtMs());
    }
    LONG.set(stored, header - 8, value.version());
    System.arraycopy(value.data(), value.offset(), stored, header, value.length());
    return stored;
  }

  /** The value, sharing the array. */
  static Value decode(byte[] stored) throws StorageException {
    int header = headerLength(stored, stored.length);
    long expireAt = header == LONG_HEADER ? (long) LONG.get(stored, PREFIX_BYTES) : Value.NEVER;
    return new Value(stored[0], expireAt, (long) LONG.get(stored, header - 8), stored, header);
  }

  /** The time of expiry, from the first bytes of a record. */
  static long expireAt(byte[] head, int length) throws StorageException {
    return headerLength(head, length) == LONG_HEADER
        ? (long) LONG.get(head, PREFIX_BYTES)
        : Value.NEVER;
  }

  private static int headerLength(byte[] stored, int length) throws StorageException {
    if (length < SHORT_HEADER) {
      throw corrupt("a record of " + length + " bytes");
    }
    if (stored[0] != Value.STRING) {
      throw corrupt("a record of type " + (stored[0] & 0xFF));
    }
    if ((stored[FLAGS_OFFSET] & ~EXPIRES) != 0) {
      throw corrupt("a record with flags " + (stored[FLAGS_OFFSET] & 0xFF));
    }
    int header = stored[FLAGS_OFFSET] == EXPIRES ? LONG_HEADER : SHORT_HEADER;
    if (length < header) {
      throw corrupt("a record of " + length + " bytes");
    }
    return header;
  }

  private static StorageException corrupt(String found) {
    return new StorageException(
        StorageException.Kind.CORRUPTION, "expected a record of format 1, but found " + found);
  }
}
