package kvstore.engine.storage.rocksdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB without leaving a file behind. Its own loading unpacks 17 MB into the temporary
 * folder, which go when the process ends in order: one that is killed leaves them there for good.
 * Once loaded, the file is not needed by name any more; where a file in use cannot be deleted
 * (Windows), it goes at the end as before.
 */
final class NativeLibrary {

  /** If set, RocksDB's library is there, or is to be unpacked there; that stays as it is. */
  private static final String CHOSEN_FOLDER = "ROCKSDB_SHAREDLIB_DIR";

  private NativeLibrary() {}

  /** May be called again, and by any thread. */
  static synchronized void load() {
    String chosen = System.getenv(CHOSEN_FOLDER);
    if (chosen == null || chosen.isEmpty()) {
      try {
        unpackAndLoad();
      } catch (IOException e) {
        throw new UncheckedIOException(
            "expected room for RocksDB's library in the temporary folder "
                + System.getProperty("java.io.tmpdir")
                + " (choose another with "
                + CHOSEN_FOLDER
                + "): "
                + e.getMessage(),
            e);
      }
    }
    RocksDB.loadLibrary();
  }

  private static void unpackAndLoad() throws IOException {
    Path folder = Files.createTempDirectory("kvstore-rocksdb");
    folder.toFile().deleteOnExit(); // before the file is registered, so that it goes after it
    NativeLibraryLoader.getInstance().loadLibrary(folder.toString());
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        file.toFile().delete();
      }
    }
    folder.toFile().delete();
  }
}
