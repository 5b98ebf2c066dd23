package kvstore.tools.stress;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import kvstore.tools.stress.report.ErrorCount;

/** Errors by kind. Any thread. */
final class Errors {

  /** A value that was never written so: damaged, of another key, refused, or not yet sent. */
  static final String WRONG = "wrong value";

  /** A value that had been acknowledged is gone, or an older one came back. */
  static final String LOST = "lost value";

  static final String TIMEOUT = "no answer in time";
  static final String DISCONNECTED = "connection lost";
  static final String CONNECT = "no connection";
  static final String PROTOCOL = "protocol";
  static final String NOT_CHECKED = "not checked at the end";

  private static final class Tally {
    final LongAdder count = new LongAdder();
    final String example;

    Tally(String example) {
      this.example = example;
    }
  }

  private final ConcurrentHashMap<String, Tally> tallies = new ConcurrentHashMap<>();
  private final LongAdder total = new LongAdder();

  void add(String kind, String example) {
    add(kind, example, 1);
  }

  void add(String kind, String example, long count) {
    if (count > 0) {
      tallies.computeIfAbsent(kind, any -> new Tally(example)).count.add(count);
      total.add(count);
    }
  }

  /** An error reply; its kind is the first word. */
  void reply(String message) {
    int blank = message.indexOf(' ');
    add("-" + (blank < 0 ? message : message.substring(0, blank)), message);
  }

  long total() {
    return total.sum();
  }

  long count(String kind) {
    Tally tally = tallies.get(kind);
    return tally == null ? 0 : tally.count.sum();
  }

  /** Wrong and lost values first, then by number. */
  List<ErrorCount> counts() {
    return tallies.entrySet().stream()
        .map(entry ->
            new ErrorCount(entry.getKey(), entry.getValue().count.sum(), entry.getValue().example))
        .sorted(
            Comparator.comparing((ErrorCount error) -> !breaksThePromise(error.kind()))
                .thenComparing(Comparator.comparingLong(ErrorCount::count).reversed())
                .thenComparing(ErrorCount::kind))
        .toList();
  }

  private static boolean breaksThePromise(String kind) {
    return kind.equals(WRONG) || kind.equals(LOST);
  }
}
