package kvstore.server.console;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Collection;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Makes metric families; every name begins with {@code kvstore_}. */
final class Samples {

  private Samples() {}

  /** A counter; the page shows {@code kvstore_<name>_total}. */
  static CounterSnapshot counter(String name, String help, double value) {
    return CounterSnapshot.builder()
        .name("kvstore_" + name)
        .help(help)
        .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
        .build();
  }

  /** A counter with one sample for each item. */
  static <T> CounterSnapshot counters(
      String name,
      String help,
      Collection<T> items,
      Function<T, Labels> labels,
      ToDoubleFunction<T> value) {
    CounterSnapshot.Builder family = CounterSnapshot.builder().name("kvstore_" + name).help(help);
    for (T item : items) {
      family.dataPoint(
          CounterDataPointSnapshot.builder()
              .labels(labels.apply(item))
              .value(value.applyAsDouble(item))
              .build());
    }
    return family.build();
  }

  static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name("kvstore_" + name)
        .help(help)
        .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }

  /** A gauge with one sample for each item. */
  static <T> GaugeSnapshot gauges(
      String name,
      String help,
      Collection<T> items,
      Function<T, Labels> labels,
      ToDoubleFunction<T> value) {
    GaugeSnapshot.Builder family = GaugeSnapshot.builder().name("kvstore_" + name).help(help);
    for (T item : items) {
      family.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(labels.apply(item))
              .value(value.applyAsDouble(item))
              .build());
    }
    return family.build();
  }
}
