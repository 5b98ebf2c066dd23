package kvstore.replication.transport;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/** Logs what strangers do, but never faster than a reader can take it. Thread-safe. */
final class RefusalLog {

  private static final int LINES_PER_PERIOD = 10;
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Logger logger;
  private long periodStart = System.nanoTime();
  private int lines;
  private int suppressed;

  RefusalLog(Logger logger) {
    this.logger = logger;
  }

  void warn(String message) {
    int missed;
    synchronized (this) {
      long now = System.nanoTime();
      if (now - periodStart >= PERIOD_NANOS) {
        periodStart = now;
        lines = 0;
      }
      if (lines >= LINES_PER_PERIOD) {
        suppressed++;
        return;
      }
      lines++;
      missed = suppressed;
      suppressed = 0;
    }
    if (missed > 0) {
      logger.warn("{} ({} similar lines left out)", message, missed);
    } else {
      logger.warn("{}", message);
    }
  }
}
