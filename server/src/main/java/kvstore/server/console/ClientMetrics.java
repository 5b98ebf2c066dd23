package kvstore.server.console;

import static kvstore.server.console.Samples.counter;
import static kvstore.server.console.Samples.counters;
import static kvstore.server.console.Samples.gauge;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import kvstore.server.console.ClientStatistics.CommandCounts;

/** Metrics of what clients do. */
final class ClientMetrics {

  private static final double NANOS = 1e9;

  private ClientMetrics() {}

  static void add(MetricSnapshots.Builder page, ClientStatistics clients) {
    List<CommandCounts> commands = clients.commands();
    page.metricSnapshot(
        counters(
            "commands",
            "Commands answered.",
            commands,
            counts -> Labels.of("command", counts.name()),
            CommandCounts::calls));
    page.metricSnapshot(
        counters(
            "command_failures",
            "Commands answered by an error.",
            commands,
            counts -> Labels.of("command", counts.name()),
            CommandCounts::failures));
    page.metricSnapshot(durations(commands));
    page.metricSnapshot(
        counters(
            "error_replies",
            "Error replies by their code.",
            clients.errors().entrySet(),
            entry -> Labels.of("code", entry.getKey()),
            Map.Entry::getValue));
    page.metricSnapshot(
        gauge("clients_connected", "Open client connections.", clients.connectedClients()));
    page.metricSnapshot(
        counter("clients_accepted", "Connections accepted.", clients.acceptedConnections()));
    page.metricSnapshot(
        counter(
            "clients_rejected",
            "Connections refused since there were too many.",
            clients.rejectedConnections()));
    page.metricSnapshot(
        counter(
            "clients_cut_off",
            "Connections ended since they did not read their replies.",
            clients.cutOffConnections()));
    ClientStatistics.Traffic traffic = clients.traffic();
    page.metricSnapshot(
        counter("client_received_bytes", "Bytes from clients.", traffic.receivedBytes()));
    page.metricSnapshot(counter("client_sent_bytes", "Bytes to clients.", traffic.sentBytes()));
  }

  private static HistogramSnapshot durations(List<CommandCounts> commands) {
    HistogramSnapshot.Builder family =
        HistogramSnapshot.builder()
            .name("kvstore_command_duration_seconds")
            .help("Time from reading a command to writing its answer.");
    for (CommandCounts counts : commands) {
      ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
      long[] bounds = ClientStatistics.BUCKET_NANOS;
      for (int i = 0; i <= bounds.length; i++) {
        double bound = i < bounds.length ? bounds[i] / NANOS : Double.POSITIVE_INFINITY;
        buckets.bucket(bound, counts.buckets()[i]);
      }
      family.dataPoint(
          HistogramDataPointSnapshot.builder()
              .labels(Labels.of("command", counts.name()))
              .classicHistogramBuckets(buckets.build())
              .sum(counts.nanos() / NANOS)
              .build());
    }
    return family.build();
  }
}
