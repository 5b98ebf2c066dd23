package kvstore.tools.stress;

import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import kvstore.tools.Endpoint;
import kvstore.tools.stress.report.Report;
import kvstore.tools.stress.report.Report.Interval;
import kvstore.tools.stress.report.Report.Latency;
import kvstore.tools.stress.report.Report.Point;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Makes the report of what the phases of a run counted. */
record Findings(
    Setup setup, Errors errors, Phase.Result load, Phase.Result main, Phase.Result check) {

  private static final int POINTS_PER_HALVING = 5;

  Report report(Instant startedAt, boolean ownCluster) {
    long wrong = errors.count(Errors.WRONG);
    long lost = errors.count(Errors.LOST);
    List<Latency> latencies = new ArrayList<>();
    add(latencies, Operation.GET, main.samples().allGets());
    add(latencies, Operation.SET, main.samples().allSets());
    return new Report(
        1,
        startedAt.toString(),
        errors.total() == 0,
        verdict(wrong, lost),
        parameters(ownCluster),
        main.seconds(),
        new Report.Load(
            setup.workload().keys(),
            load.seconds(),
            setup.workload().keys() / Math.max(load.seconds(), 1e-9)),
        throughput(),
        latencies,
        errors.counts(),
        new Report.Verification(
            sum(Meter::valuesChecked),
            wrong,
            lost,
            sum(Meter::unknownAppliedCount),
            check.samples().allGets().getTotalCount()),
        new Report.Connections(sum(Meter::reconnects)),
        main.samples().intervals());
  }

  private String verdict(long wrong, long lost) {
    if (wrong + lost > 0) {
      return String.format(
          Locale.ROOT, "FAILED: %,d wrong and %,d lost values were read", wrong, lost);
    }
    if (errors.total() > 0) {
      return String.format(
          Locale.ROOT,
          "FAILED: %,d errors; no wrong and no lost value among %,d read",
          errors.total(),
          sum(Meter::valuesChecked));
    }
    return String.format(
        Locale.ROOT,
        "PASSED: no error, and all %,d values read were right",
        sum(Meter::valuesChecked));
  }

  private Report.Parameters parameters(boolean ownCluster) {
    Workload workload = setup.workload();
    boolean counted = workload.requests() > 0;
    return new Report.Parameters(
        setup.targets().stream().map(Endpoint::toString).toList(),
        ownCluster,
        workload.clients(),
        workload.pipeline(),
        Math.min(workload.threads(), workload.clients()),
        counted ? null : workload.duration().toMillis() / 1e3,
        counted ? workload.requests() : null,
        workload.keys(),
        workload.valueSize(),
        workload.readShare(),
        workload.distribution().name().toLowerCase(Locale.ROOT),
        workload.rate() > 0 ? workload.rate() : null,
        workload.timeout().toMillis() / 1e3,
        workload.seed());
  }

  private Report.Throughput throughput() {
    long requests = main.samples().successes();
    // the last interval is cut off anywhere
    List<Interval> whole =
        main.samples().intervals().stream().filter(interval -> interval.seconds() > 0.5).toList();
    double all = requests / Math.max(main.seconds(), 1e-9);
    return new Report.Throughput(
        requests,
        all,
        whole.stream().mapToDouble(Findings::perSecond).min().orElse(all),
        whole.stream().mapToDouble(Findings::perSecond).max().orElse(all),
        longestGapMillis(
            main.meters().stream().map(Meter::successMillis).toList(),
            Math.round(main.seconds() * 1e3)),
        main.unsent(),
        main.meters().stream().mapToLong(Meter::bytesSent).sum(),
        main.meters().stream().mapToLong(Meter::bytesReceived).sum());
  }

  private static double perSecond(Interval interval) {
    return (interval.gets() + interval.sets()) / interval.seconds();
  }

  /** The longest run of milliseconds, of 0 to {@code end}, in none of the sets. */
  static long longestGapMillis(List<BitSet> successes, long end) {
    BitSet any = new BitSet();
    successes.forEach(any::or);
    long longest = 0;
    int last = -1;
    for (int at = any.nextSetBit(0); at >= 0; at = any.nextSetBit(at + 1)) {
      longest = Math.max(longest, at - last - 1);
      last = at;
    }
    return Math.max(longest, end - last - 1);
  }

  private long sum(java.util.function.ToLongFunction<Meter> part) {
    return main.meters().stream().mapToLong(part).sum()
        + check.meters().stream().mapToLong(part).sum();
  }

  private void add(List<Latency> latencies, Operation operation, Histogram histogram) {
    long count = histogram.getTotalCount();
    if (count == 0) {
      return;
    }
    List<Point> points = new ArrayList<>();
    for (HistogramIterationValue value : histogram.percentiles(POINTS_PER_HALVING)) {
      points.add(new Point(value.getPercentileLevelIteratedTo(), value.getValueIteratedTo() / 1e3));
    }
    latencies.add(
        new Latency(
            operation.name(),
            count,
            count / Math.max(main.seconds(), 1e-9),
            histogram.getMean() / 1e3,
            histogram.getValueAtPercentile(50) / 1e3,
            histogram.getValueAtPercentile(90) / 1e3,
            histogram.getValueAtPercentile(99) / 1e3,
            histogram.getValueAtPercentile(99.9) / 1e3,
            histogram.getMaxValue() / 1e3,
            points));
  }
}
