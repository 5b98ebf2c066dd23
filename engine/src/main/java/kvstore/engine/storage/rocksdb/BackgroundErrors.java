package kvstore.engine.storage.rocksdb;

import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BackgroundErrorReason;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers why flushes or compactions fail, until RocksDB has recovered by itself. */
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

  @Nullable StorageException failure() {
    return failure;
  }
}
