package kvstore.testkit.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What a measurement found, as one line of JSON. */
final class LoadReport {

  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};
  private static final int MOST_GAPS = 20;

  private final LoadSettings settings;
  private final long begin;
  private final long nanos;
  private final long unsent;
  private final double loadBusy;
  private final long ticks;
  private final Histogram fromDue = new Histogram(3);
  private final Histogram fromSent = new Histogram(3);
  private final Map<String, Long> errors = new TreeMap<>();
  private final List<Tally.Gap> gaps = new ArrayList<>();
  private final long[] slotCounts;
  private final long[] slotWorst;

  /**
   * @param begin of the window, by the monotonic clock
   * @param nanos its length
   * @param loadBusy processor time of the load per second, in seconds
   * @param ticks that the observed processes used
   */
  LoadReport(
      LoadSettings settings,
      long begin,
      long nanos,
      List<Tally> tallies,
      long unsent,
      double loadBusy,
      long ticks) {
    this.settings = settings;
    this.begin = begin;
    this.nanos = nanos;
    this.unsent = unsent;
    this.loadBusy = loadBusy;
    this.ticks = ticks;
    this.slotCounts = new long[tallies.get(0).slotCounts.length];
    this.slotWorst = new long[slotCounts.length];
    tallies.forEach(this::add);
  }

  private void add(Tally tally) {
    fromDue.add(tally.fromDue);
    fromSent.add(tally.fromSent);
    tally.errors.forEach((kind, count) -> errors.merge(kind, count, Long::sum));
    gaps.addAll(tally.gaps);
    for (int slot = 0; slot < slotCounts.length; slot++) {
      slotCounts[slot] += tally.slotCounts[slot];
      slotWorst[slot] = Math.max(slotWorst[slot], tally.slotWorst[slot]);
    }
  }

  String json() {
    long done = fromDue.getTotalCount();
    double seconds = nanos / 1e9;
    StringBuilder json = new StringBuilder("{");
    number(json, "done", done);
    number(json, "seconds", seconds);
    number(json, "per_second", done / seconds);
    latencies(json, "", fromDue);
    if (settings.rate() > 0) {
      latencies(json, "sent_", fromSent);
      number(json, "unsent", unsent);
    }
    number(json, "cpu_us", done == 0 ? 0 : ticks * 1e6 / settings.ticks() / done);
    number(json, "cpu_cores", ticks / (double) settings.ticks() / seconds);
    number(json, "load_busy", loadBusy);
    number(json, "load_cpu_us", done == 0 ? 0 : loadBusy * nanos / 1e3 / done);
    number(json, "begin_ns", begin);
    json.append("\"errors\":{");
    errors.forEach((kind, count) -> number(json, kind, count));
    end(json, '}').append(",\"gaps\":[");
    gaps.stream()
        .sorted(Comparator.comparingLong(Tally.Gap::length).reversed())
        .limit(MOST_GAPS)
        .forEach(gap -> pair(json, (gap.from() - begin) / 1e6, gap.length() / 1e6));
    end(json, ']').append(",\"slots\":[");
    for (int slot = 0; slot < slotCounts.length; slot++) {
      pair(json, slotCounts[slot], slotWorst[slot] / 1e6);
    }
    return end(json, ']').append('}').toString();
  }

  private static void latencies(StringBuilder json, String prefix, Histogram histogram) {
    for (double percentile : PERCENTILES) {
      String name = prefix + "p" + String.valueOf(percentile).replace(".0", "").replace(".", "");
      number(json, name + "_us", histogram.getValueAtPercentile(percentile) / 1e3);
    }
    number(json, prefix + "max_us", histogram.getMaxValue() / 1e3);
  }

  private static void number(StringBuilder json, String name, double value) {
    json.append('"').append(name.replaceAll("[^A-Za-z0-9_ -]", "?")).append("\":");
    json.append(text(value)).append(',');
  }

  private static void pair(StringBuilder json, double first, double second) {
    json.append('[').append(text(first)).append(',').append(text(second)).append("],");
  }

  private static String text(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.3f", value);
  }

  /** Ends a list whose entries are each followed by a comma. */
  private static StringBuilder end(StringBuilder json, char bracket) {
    if (json.charAt(json.length() - 1) == ',') {
      json.setLength(json.length() - 1);
    }
    return json.append(bracket);
  }
}
