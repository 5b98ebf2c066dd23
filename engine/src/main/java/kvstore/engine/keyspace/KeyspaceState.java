package kvstore.engine.keyspace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;

/**
 * What a keyspace knows about itself, written with every change; laid out in {@code
 * docs/formats/keyspace.md}.
 *
 * @param appliedIndex log index of the last entry applied
 * @param appliedTerm its term
 * @param keys number of records
 * @param expiring number of those that have a time of expiry
 * @param leaderTimeMs greatest leader time seen, ms since the epoch
 */
record KeyspaceState(
    long appliedIndex, long appliedTerm, long keys, long expiring, long leaderTimeMs) {
  static final KeyspaceState EMPTY = new KeyspaceState(0, 0, 0, 0, 0);
  static final short FORMAT = 1;
  static final byte[] KEY = "state".getBytes(StandardCharsets.US_ASCII);

  private static final int BYTES = 2 + 5 * 8;

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .putShort(FORMAT)
        .putLong(appliedIndex)
        .putLong(appliedTerm)
        .putLong(keys)
        .putLong(expiring)
        .putLong(leaderTimeMs)
        .array();
  }

  static KeyspaceState read(StorageReader storage, ReadTier tier) throws StorageException {
    byte[] stored = storage.get(ColumnFamily.META, KEY, tier);
    return stored == null ? EMPTY : decode(stored);
  }

  static KeyspaceState decode(byte[] stored) throws StorageException {
    ByteBuffer in = ByteBuffer.wrap(stored);
    int format = stored.length < 2 ? 0 : in.getShort() & 0xFFFF;
    if (format > FORMAT) {
      throw new StorageException(
          StorageException.Kind.NEWER_FORMAT,
          "expected a keyspace of format "
              + FORMAT
              + " or older, but found format "
              + format
              + "; start the version of kvstore that wrote it, or a newer one");
    }
    if (format != FORMAT || stored.length != BYTES) {
      throw new StorageException(
          StorageException.Kind.CORRUPTION,
          "expected a keyspace state of "
              + BYTES
              + " bytes and format "
              + FORMAT
              + ", but found "
              + stored.length
              + " bytes and format "
              + format);
    }
    return new KeyspaceState(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }
}
