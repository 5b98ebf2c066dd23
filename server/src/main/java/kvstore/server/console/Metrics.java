package kvstore.server.console;

import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The metrics page. Nothing is set up before it is first asked for, since a start shall be fast and
 * many nodes are never asked.
 */
final class Metrics {

  private final ClientStatistics clients;
  private final Supplier<@Nullable NodeView> node;
  private @Nullable PrometheusMeterRegistry registry;

  /**
   * @param node answers null until the node has started
   */
  Metrics(ClientStatistics clients, Supplier<@Nullable NodeView> node) {
    this.clients = clients;
    this.node = node;
  }

  /** The page in Prometheus's text format. */
  synchronized String page() {
    PrometheusMeterRegistry known = registry;
    if (known == null) {
      known = create();
      registry = known;
    }
    return known.scrape();
  }

  private PrometheusMeterRegistry create() {
    PrometheusMeterRegistry created = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new JvmMemoryMetrics().bindTo(created);
    new JvmThreadMetrics().bindTo(created);
    new ProcessorMetrics().bindTo(created);
    new FileDescriptorMetrics().bindTo(created);
    new UptimeMetrics().bindTo(created);
    MultiCollector collector = this::collect;
    created.getPrometheusRegistry().register(collector);
    return created;
  }

  private MetricSnapshots collect() {
    MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
    ClientMetrics.add(snapshots, clients);
    NodeView view = node.get();
    if (view != null) {
      NodeMetrics.add(snapshots, view);
    }
    return snapshots.build();
  }
}
