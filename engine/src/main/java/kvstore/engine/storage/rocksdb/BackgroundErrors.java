package kvstore.engine.storage.rocksdb;

import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BackgroundErrorReason;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers why flushes, compactions or writes fail, until RocksDB has recovered by itself. Its
 * Java side does not know every reason (a flush without a write-ahead log is missing), so some
 * background errors show only in the next write.
 */
final class BackgroundErrors extends AbstractEventListener {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundErrors.class);

  private final String name;
  private volatile @Nullable StorageException failure;

  BackgroundErrors(String name) {
    super(
        EnabledEventCallback.ON_BACKGROUND_ERROR, EnabledEventCallback.ON_ERROR_RECOVERY_COMPLETED);
    this.name = name;
  }

  @Override
  public void onBackgroundError(BackgroundErrorReason reason, Status status) {
    String state = status.getState();
    StorageException error =
        new StorageException(
            Failures.kind(status, state),
            "background " + reason + " failed in " + name + ": " + status.getCodeString());
    LOG.error("{} ({})", error.getMessage(), state);
    failure = error;
  }

  @Override
  public void onErrorRecoveryCompleted(Status status) {
    LOG.info("background errors of {} are over", name);
    failure = null;
  }

  /** A write failed. */
  void failed(StorageException error) {
    failure = error;
  }

  /** A write was taken, so nothing holds them up any more. */
  void succeeded() {
    if (failure != null) {
      failure = null;
    }
  }

  @Nullable StorageException failure() {
    return failure;
  }
}
