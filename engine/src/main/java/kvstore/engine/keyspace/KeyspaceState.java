package kvstore.engine.keyspace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import kvstore.engine.command.SlotRange;
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
 * @param keys number of records; an estimate, the same on every replica, until {@code counted}
 * @param expiring number of those that have a time of expiry; likewise
 * @param leaderTimeMs greatest leader time seen, ms since the epoch
 * @param range slots that it holds
 * @param uncountedSince log index of the split that made the numbers estimates; 0 if they are exact
 */
record KeyspaceState(
    long appliedIndex,
    long appliedTerm,
    long keys,
    long expiring,
    long leaderTimeMs,
    SlotRange range,
    long uncountedSince) {
  static final KeyspaceState EMPTY = new KeyspaceState(0, 0, 0, 0, 0, SlotRange.ALL, 0);
  static final short FORMAT = 2;
  static final byte[] KEY = "state".getBytes(StandardCharsets.US_ASCII);

  private static final short FORMAT_OF_ALL_SLOTS = 1;
  private static final int BYTES_OF_ALL_SLOTS = 2 + 5 * 8;
  private static final int BYTES = BYTES_OF_ALL_SLOTS + 2 * 2 + 8;

  boolean counted() {
    return uncountedSince == 0;
  }

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .putShort(FORMAT)
        .putLong(appliedIndex)
        .putLong(appliedTerm)
        .putLong(keys)
        .putLong(expiring)
        .putLong(leaderTimeMs)
        .putShort((short) range.first())
        .putShort((short) range.last())
        .putLong(uncountedSince)
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
    boolean allSlots = format == FORMAT_OF_ALL_SLOTS && stored.length == BYTES_OF_ALL_SLOTS;
    if (!allSlots && (format != FORMAT || stored.length != BYTES)) {
      throw corrupt("a keyspace state", stored.length + " bytes and format " + format);
    }
    return new KeyspaceState(
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        allSlots ? SlotRange.ALL : range(in.getShort() & 0xFFFF, in.getShort() & 0xFFFF),
        allSlots ? 0 : in.getLong());
  }

  private static SlotRange range(int first, int last) throws StorageException {
    try {
      return new SlotRange(first, last);
    } catch (IllegalArgumentException e) {
      throw corrupt("slots of a keyspace", first + " to " + last);
    }
  }

  private static StorageException corrupt(String expected, String found) {
    return new StorageException(
        StorageException.Kind.CORRUPTION,
        "expected " + expected + " of format " + FORMAT + " or older, but found " + found);
  }
}
