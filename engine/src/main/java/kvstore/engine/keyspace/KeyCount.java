package kvstore.engine.keyspace;

import kvstore.engine.command.SlotRange;
import kvstore.engine.command.Value;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageReader;

/**
 * Numbers of keys, found by looking at every record.
 *
 * @param keys number of records
 * @param expiring number of those that have a time of expiry
 */
record KeyCount(long keys, long expiring) {

  static KeyCount of(StorageReader storage, SlotRange range) throws StorageException {
    long[] count = {0, 0};
    storage.visit(
        ColumnFamily.RECORDS,
        StorageKeys.startOf(range.first()),
        StorageKeys.startOf(range.last() + 1),
        ReadTier.DISK,
        (key, head, length) -> {
          count[0]++;
          count[1] += RecordCodec.expireAt(head, length) == Value.NEVER ? 0 : 1;
          return true;
        });
    return new KeyCount(count[0], count[1]);
  }
}
