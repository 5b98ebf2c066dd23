package kvstore.tools.verify;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kvstore.tools.verify.history.Operation.Outcome;

/** What became of operations, by time. Times are in ms since the start. Any thread. */
final class Timeline {

  /** Width of a slice. */
  static final int SLICE_MILLIS = 100;

  private static final int MOST_KINDS = 50;

  /** Counts of one slice. */
  record Slice(long ok, long failed, long unknown) {}

  private final long startedAt;
  private final List<long[]> slices = new ArrayList<>();
  private final BitSet successes = new BitSet();
  private final Map<String, Long> errors = new HashMap<>();
  private final long[] totals = new long[Outcome.values().length];

  /**
   * @param startedAt of {@link System#nanoTime}
   */
  Timeline(long startedAt) {
    this.startedAt = startedAt;
  }

  int now() {
    return at(System.nanoTime());
  }

  private int at(long nanos) {
    return (int) Math.max(0, (nanos - startedAt) / 1_000_000);
  }

  synchronized void ended(Outcome outcome, long nanos) {
    int millis = at(nanos);
    while (slices.size() <= millis / SLICE_MILLIS) {
      slices.add(new long[Outcome.values().length]);
    }
    slices.get(millis / SLICE_MILLIS)[outcome.ordinal()]++;
    totals[outcome.ordinal()]++;
    if (outcome == Outcome.OK) {
      successes.set(millis);
    }
  }

  synchronized void error(String kind) {
    errors.merge(errors.size() < MOST_KINDS ? kind : "other", 1L, Long::sum);
  }

  synchronized long total(Outcome outcome) {
    return totals[outcome.ordinal()];
  }

  /** Errors by kind, as of now. */
  synchronized Map<String, Long> errors() {
    return new TreeMap<>(errors);
  }

  /** What came in addition to {@code before}. */
  static Map<String, Long> since(Map<String, Long> before, Map<String, Long> now) {
    Map<String, Long> more = new TreeMap<>();
    now.forEach((kind, count) -> {
      long difference = count - before.getOrDefault(kind, 0L);
      if (difference > 0) {
        more.put(kind, difference);
      }
    });
    return more;
  }

  synchronized List<Slice> slices() {
    return slices.stream()
        .map(counts ->
            new Slice(
                counts[Outcome.OK.ordinal()],
                counts[Outcome.FAILED.ordinal()],
                counts[Outcome.UNKNOWN.ordinal()]))
        .toList();
  }

  /** The longest time without a success that lies in, or reaches into, the given time. */
  synchronized int longestGap(int from, int to) {
    int before = successes.previousSetBit(from);
    int last = before < 0 ? from : before;
    int longest = 0;
    while (last < to) {
      int next = successes.nextSetBit(last + 1);
      int end = next < 0 ? Math.max(to, last) : next;
      longest = Math.max(longest, end - last);
      last = end;
    }
    return longest;
  }

  /** The first success from {@code from} on; -1 if there is none yet. */
  synchronized int nextSuccess(int from) {
    return successes.nextSetBit(from);
  }

  /** Share of the time, in slices, in which at least one operation succeeded. */
  synchronized double availability(int from, int to) {
    int good = 0;
    int all = 0;
    for (int slice = from / SLICE_MILLIS; slice * SLICE_MILLIS < to; slice++) {
      all++;
      if (slice < slices.size() && slices.get(slice)[Outcome.OK.ordinal()] > 0) {
        good++;
      }
    }
    return all == 0 ? 1 : (double) good / all;
  }
}
