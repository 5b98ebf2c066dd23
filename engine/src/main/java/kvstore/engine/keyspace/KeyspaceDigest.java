package kvstore.engine.keyspace;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import kvstore.engine.command.SlotRange;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;

/**
 * What a replica holds, in few bytes: two replicas of a shard that have applied the same entries
 * have the same digest.
 *
 * @param appliedIndex log index of the last entry applied
 * @param appliedTerm its term
 * @param records how many keys there are, those past their time and not yet swept included
 * @param checksum SHA-256, in hexadecimal, over each record of the shard's slots in the order of
 *     keys: length of the stored key (4 bytes), the stored key, length of the stored value (4
 *     bytes), the stored value with its time of expiry and its version
 */
public record KeyspaceDigest(long appliedIndex, long appliedTerm, long records, String checksum) {

  /** Records read in one go; whoever wants to close the storage waits for no more. */
  private static final int STEP = 512;

  /** Reads everything. */
  static KeyspaceDigest of(StorageReader storage, SlotRange range) throws StorageException {
    KeyspaceState state = KeyspaceState.read(storage, ReadTier.DISK);
    MessageDigest sum = sha256();
    long records = 0;
    byte[] from = StorageKeys.startOf(range.first());
    byte[] to = StorageKeys.startOf(range.last() + 1);
    while (true) {
      List<byte[]> keys = keys(storage, from, to);
      for (byte[] key : keys) {
        byte[] value = storage.get(ColumnFamily.RECORDS, key, ReadTier.DISK);
        if (value == null) {
          throw new StorageException(
              StorageException.Kind.CORRUPTION,
              "expected every record that is listed to be readable, but one is not");
        }
        add(sum, key);
        add(sum, value);
      }
      records += keys.size();
      if (keys.size() < STEP) {
        return new KeyspaceDigest(
            state.appliedIndex(),
            state.appliedTerm(),
            records,
            HexFormat.of().formatHex(sum.digest()));
      }
      byte[] last = keys.get(keys.size() - 1);
      from = ByteBuffer.allocate(last.length + 1).put(last).array();
    }
  }

  private static List<byte[]> keys(StorageReader storage, byte[] from, byte[] to)
      throws StorageException {
    List<byte[]> keys = new ArrayList<>();
    storage.visit(
        ColumnFamily.RECORDS,
        from,
        to,
        ReadTier.DISK,
        (key, head, length) -> {
          keys.add(key);
          return keys.size() < STEP;
        });
    return keys;
  }

  private static void add(MessageDigest sum, byte[] bytes) {
    sum.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
    sum.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
