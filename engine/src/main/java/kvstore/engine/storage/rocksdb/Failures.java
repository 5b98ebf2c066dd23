package kvstore.engine.storage.rocksdb;

import java.io.IOException;
import java.nio.file.FileSystemException;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageException.Kind;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What RocksDB and the file system report, as failures of the storage. */
final class Failures {
  private static final String NO_SPACE_TEXT = "No space left on device";

  private Failures() {}

  static StorageException of(String attempted, RocksDBException e) {
    return new StorageException(
        kind(e.getStatus(), e.getMessage()), "cannot " + attempted + ": " + e.getMessage(), e);
  }

  static StorageException of(String attempted, IOException e) {
    if (e instanceof StorageException failure) {
      return failure;
    }
    boolean full =
        e instanceof FileSystemException && mentions(((FileSystemException) e).getReason())
            || mentions(e.getMessage());
    return new StorageException(
        full ? Kind.NO_SPACE : Kind.IO, "cannot " + attempted + ": " + e.getMessage(), e);
  }

  static Kind kind(@Nullable Status status, @Nullable String message) {
    if (status == null) {
      return mentions(message) ? Kind.NO_SPACE : Kind.IO;
    }
    if (status.getCode() == Status.Code.Corruption) {
      return Kind.CORRUPTION;
    }
    if (status.getSubCode() == Status.SubCode.NoSpace || mentions(message)) {
      return Kind.NO_SPACE;
    }
    return status.getCode() == Status.Code.ShutdownInProgress ? Kind.CLOSED : Kind.IO;
  }

  static boolean isIncomplete(RocksDBException e) {
    Status status = e.getStatus();
    return status != null && status.getCode() == Status.Code.Incomplete;
  }

  private static boolean mentions(@Nullable String message) {
    return message != null && message.contains(NO_SPACE_TEXT);
  }
}
