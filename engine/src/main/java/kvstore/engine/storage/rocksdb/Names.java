package kvstore.engine.storage.rocksdb;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.StorageException;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** Names of column families on disk. */
final class Names {
  private Names() {}

  static byte[] bytes(ColumnFamily family) {
    return family.label().getBytes(StandardCharsets.US_ASCII);
  }

  /** Refuses a database with families that this version does not know. */
  static void check(Path directory) throws StorageException {
    Set<String> known = new HashSet<>();
    for (ColumnFamily family : ColumnFamily.values()) {
      known.add(family.label());
    }
    for (byte[] name : stored(directory)) {
      String text = new String(name, StandardCharsets.UTF_8);
      if (!known.contains(text)) {
        throw new StorageException(
            StorageException.Kind.NEWER_FORMAT,
            "expected column families "
                + known
                + " in "
                + directory
                + ", but found '"
                + text
                + "'; start the version of kvstore that wrote it, or a newer one");
      }
    }
  }

  private static List<byte[]> stored(Path directory) throws StorageException {
    if (!directory.resolve("CURRENT").toFile().exists()) {
      return List.of();
    }
    try (Options options = new Options()) {
      return RocksDB.listColumnFamilies(options, directory.toString());
    } catch (RocksDBException e) {
      throw Failures.of("read the column families of " + directory, e);
    }
  }
}
