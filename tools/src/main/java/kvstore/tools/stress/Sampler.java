package kvstore.tools.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import kvstore.tools.stress.report.Report.Interval;
import org.HdrHistogram.Histogram;

/** Puts what the meters count into intervals and a total. For one thread. */
final class Sampler {

  private final List<Meter> meters;
  private final Errors errors;
  private final long startedAt;
  private final Consumer<Interval> listener;
  private final Histogram allGets = Meter.histogram();
  private final Histogram allSets = Meter.histogram();
  private final Histogram gets = Meter.histogram();
  private final Histogram sets = Meter.histogram();
  private final List<Interval> intervals = new ArrayList<>();
  private final long errorsAtStart;
  private long sampledAt;
  private long errorsBefore;

  Sampler(List<Meter> meters, Errors errors, long startedAt, Consumer<Interval> listener) {
    this.meters = List.copyOf(meters);
    this.errors = errors;
    this.startedAt = startedAt;
    this.sampledAt = startedAt;
    this.listener = listener;
    this.errorsAtStart = errors.total();
    this.errorsBefore = errorsAtStart;
  }

  /** Ends an interval. */
  void sample(long now) {
    gets.reset();
    sets.reset();
    meters.forEach(meter -> meter.drainInto(gets, sets));
    allGets.add(gets);
    allSets.add(sets);
    long getCount = gets.getTotalCount();
    long setCount = sets.getTotalCount();
    long errorsNow = errors.total();
    gets.add(sets);
    Interval interval =
        new Interval(
            (now - startedAt) / 1e9,
            (now - sampledAt) / 1e9,
            getCount,
            setCount,
            errorsNow - errorsBefore,
            gets.getValueAtPercentile(50) / 1e3,
            gets.getValueAtPercentile(99) / 1e3,
            gets.getMaxValue() / 1e3);
    intervals.add(interval);
    sampledAt = now;
    errorsBefore = errorsNow;
    listener.accept(interval);
  }

  long successes() {
    return allGets.getTotalCount() + allSets.getTotalCount();
  }

  long errors() {
    return errors.total() - errorsAtStart;
  }

  Histogram allGets() {
    return allGets;
  }

  Histogram allSets() {
    return allSets;
  }

  List<Interval> intervals() {
    return intervals;
  }
}
