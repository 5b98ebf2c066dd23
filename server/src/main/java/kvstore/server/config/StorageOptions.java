package kvstore.server.config;

/** Memory and disk of the shards of a node, together. */
public record StorageOptions(DataSize blockCache, DataSize writeBuffers, DataSize snapshotLog) {

  static StorageOptions from(OptionValues values) {
    return new StorageOptions(
        values.get(OptionTable.BLOCK_CACHE),
        values.get(OptionTable.WRITE_BUFFERS),
        values.get(OptionTable.SNAPSHOT_LOG_SIZE));
  }
}
