package kvstore.engine.keyspace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;

/** The shards that a keyspace gave slots to; laid out in {@code docs/formats/keyspace.md}. */
final class Births {
  private static final byte[] PREFIX = "birth".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = PREFIX.length + Integer.BYTES;

  private Births() {}

  static byte[] key(int shard) {
    return ByteBuffer.allocate(KEY_BYTES).put(PREFIX).putInt(shard).array();
  }

  /** Greater than every key of a birth. */
  static byte[] end() {
    byte[] end = PREFIX.clone();
    end[end.length - 1]++;
    return end;
  }

  static byte[] start() {
    return PREFIX.clone();
  }

  static SortedMap<Integer, byte[]> read(StorageReader storage) throws StorageException {
    List<byte[]> keys = new ArrayList<>();
    storage.visit(
        ColumnFamily.META,
        start(),
        end(),
        ReadTier.DISK,
        (key, head, length) -> {
          keys.add(key);
          return true;
        });
    SortedMap<Integer, byte[]> births = new TreeMap<>();
    for (byte[] key : keys) {
      byte[] told = storage.get(ColumnFamily.META, key, ReadTier.DISK);
      if (key.length == KEY_BYTES && told != null) {
        int shard = ByteBuffer.wrap(Arrays.copyOfRange(key, PREFIX.length, KEY_BYTES)).getInt();
        births.put(shard, told);
      }
    }
    return births;
  }
}
