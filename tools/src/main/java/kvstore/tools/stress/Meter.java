package kvstore.tools.stress;

import java.util.BitSet;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * Counts what one thread's clients get done. Written by that thread; {@link #drainInto} may be
 * called by one other thread meanwhile, all else only when that thread has finished.
 */
final class Meter {

  /** Response times in ns, of 100 ns to an hour, to three digits. */
  static Histogram histogram() {
    return new Histogram(100, 3_600_000_000_000L, 3);
  }

  private static final long LONGEST = 3_599_000_000_000L;

  private final SingleWriterRecorder gets = new SingleWriterRecorder(100, 3_600_000_000_000L, 3);
  private final SingleWriterRecorder sets = new SingleWriterRecorder(100, 3_600_000_000_000L, 3);
  private final BitSet successMillis = new BitSet();
  private final long startedAt;

  private long lastMillis = -1;
  private long bytesSent;
  private long bytesReceived;
  private long valuesChecked;
  private long unknownApplied;
  private long reconnects;

  /** Begins at {@code startedAt} in the time of {@link System#nanoTime}. */
  Meter(long startedAt) {
    this.startedAt = startedAt;
  }

  void success(Operation operation, long intended, long now) {
    long took = Math.min(Math.max(now - intended, 0), LONGEST);
    if (operation == Operation.GET) {
      gets.recordValue(took);
    } else {
      sets.recordValue(took);
    }
    long millis = (now - startedAt) / 1_000_000;
    if (millis != lastMillis && millis >= 0 && millis < Integer.MAX_VALUE) {
      successMillis.set((int) millis);
      lastMillis = millis;
    }
  }

  void valueChecked() {
    valuesChecked++;
  }

  void unknownApplied() {
    unknownApplied++;
  }

  void reconnected() {
    reconnects++;
  }

  void sent(long bytes) {
    bytesSent += bytes;
  }

  void received(long bytes) {
    bytesReceived += bytes;
  }

  /** Adds what came since the last call. */
  void drainInto(Histogram someGets, Histogram someSets) {
    someGets.add(gets.getIntervalHistogram());
    someSets.add(sets.getIntervalHistogram());
  }

  BitSet successMillis() {
    return successMillis;
  }

  long bytesSent() {
    return bytesSent;
  }

  long bytesReceived() {
    return bytesReceived;
  }

  long valuesChecked() {
    return valuesChecked;
  }

  long unknownAppliedCount() {
    return unknownApplied;
  }

  long reconnects() {
    return reconnects;
  }
}
