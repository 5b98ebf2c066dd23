package kvstore.tools.stress;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import kvstore.tools.Endpoint;
import kvstore.tools.stress.report.ErrorCount;
import kvstore.tools.stress.report.Report;

/** Short runs against servers of a test. */
final class Runs {

  static final String PREFIX = "stress:test:";

  private Runs() {}

  static Workload workload(long requests, Duration duration, int pipeline, double rate) {
    return workload(requests, duration, pipeline, rate, 0.5);
  }

  private static Workload workload(
      long requests, Duration duration, int pipeline, double rate, double reads) {
    return new Workload(
        4,
        pipeline,
        duration,
        requests,
        20,
        32,
        reads,
        Distribution.UNIFORM,
        rate,
        1,
        Duration.ofSeconds(2),
        7,
        PREFIX,
        null);
  }

  static Workload requests(long count) {
    return workload(count, Duration.ZERO, 1, 0);
  }

  /** Without a read before the check at the end. */
  static Workload writes(long count) {
    return workload(count, Duration.ZERO, 1, 0, 0);
  }

  static Report run(Workload workload, FaultyServer... servers) throws Exception {
    List<Endpoint> targets = Arrays.stream(servers).map(FaultyServer::endpoint).toList();
    try (StressRun run = new StressRun(workload, targets, Progress.none())) {
      return run.run(false, false, end -> {});
    }
  }

  /** A run against a server with one fault. */
  static Report against(FaultyServer.Fault fault) throws Exception {
    return against(fault, requests(400));
  }

  static Report against(FaultyServer.Fault fault, Workload workload) throws Exception {
    try (FaultyServer server = new FaultyServer(fault)) {
      return run(workload, server);
    }
  }

  static long errors(Report report, String kind) {
    return report.errors().stream()
        .filter(error -> error.kind().equals(kind))
        .mapToLong(ErrorCount::count)
        .sum();
  }
}
