package kvstore.testkit.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What one thread counted in the {@link Window}. Not thread-safe. */
final class Tally {

  /** A time without any success. */
  record Gap(long from, long length) {}

  private static final long LEAST_TIME = 1_000; // nanoseconds
  private static final long LONGEST_TIME = 600_000_000_000L;
  private static final long WORTH_TELLING = 20_000_000;
  private static final int MOST_GAPS = 1_000;
  private static final int MOST_SLOTS = 100_000;

  final Histogram fromDue = new Histogram(LEAST_TIME, LONGEST_TIME, 3);
  final Histogram fromSent = new Histogram(LEAST_TIME, LONGEST_TIME, 3);
  final Map<String, Long> errors = new TreeMap<>();
  final List<Gap> gaps = new ArrayList<>();
  final long[] slotCounts;
  final long[] slotWorst;
  private final long slot;
  private @Nullable Window window;
  private long lastSuccess;

  Tally(LoadSettings settings) {
    slot = settings.slot();
    int slots = slot == 0 ? 0 : (int) Math.min(MOST_SLOTS, (settings.seconds() + slot - 1) / slot);
    slotCounts = new long[slots];
    slotWorst = new long[slots];
  }

  /** Counts from the window's begin. */
  void open(Window window) {
    this.window = window;
    this.lastSuccess = window.begin();
  }

  boolean isOpen() {
    return window != null;
  }

  void done(long due, long sent, long now) {
    Window open = window;
    if (open == null || !open.holds(now)) {
      return;
    }
    fromDue.recordValue(Math.min(now - due, LONGEST_TIME));
    fromSent.recordValue(Math.min(now - sent, LONGEST_TIME));
    endGap(now);
    if (slot > 0) {
      int index = (int) ((now - open.begin()) / slot);
      if (index < slotCounts.length) {
        slotCounts[index]++;
        slotWorst[index] = Math.max(slotWorst[index], now - due);
      }
    }
  }

  void failed(String kind, long now) {
    Window open = window;
    if (open != null && open.holds(now)) {
      errors.merge(kind, 1L, Long::sum);
    }
  }

  /** Ends the counting. */
  void close(long now) {
    Window open = window;
    if (open != null) {
      endGap(open.holds(now) ? now : open.end());
    }
  }

  private void endGap(long now) {
    if (now - lastSuccess >= WORTH_TELLING && gaps.size() < MOST_GAPS) {
      gaps.add(new Gap(lastSuccess, now - lastSuccess));
    }
    lastSuccess = now;
  }
}
