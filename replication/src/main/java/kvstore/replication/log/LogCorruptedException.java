package kvstore.replication.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The log on disk is not what was written. A replica that meets it must neither start nor vote: it
 * may have forgotten entries it acknowledged. It comes back by leaving the group and joining again
 * with an empty directory.
 */
public final class LogCorruptedException extends IOException {

  private static final long serialVersionUID = 1L;

  public LogCorruptedException(String message) {
    super(message);
  }

  public LogCorruptedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
