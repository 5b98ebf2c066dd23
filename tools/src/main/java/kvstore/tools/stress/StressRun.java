package kvstore.tools.stress;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import kvstore.tools.Endpoint;
import kvstore.tools.stress.Distribution.KeyChooser;
import kvstore.tools.stress.report.Report;

/** A whole run: write the keys, load, read the keys again, take them away. For one thread. */
final class StressRun implements Closeable {

  /** A phase is given up when nothing has succeeded for so long. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration LONGEST_CHECK = Duration.ofSeconds(120);
  private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(30);
  private static final Duration UNLIMITED = Duration.ofDays(365);

  private final Setup setup;
  private final Workload workload;
  private final Progress progress;
  private final Duration patience;
  private final Errors errors = new Errors();
  private final ExecutorService executor;
  private final List<LoadThread> threads = new ArrayList<>();

  StressRun(Workload workload, List<Endpoint> targets, Progress progress) throws IOException {
    this(workload, targets, progress, PATIENCE);
  }

  StressRun(Workload workload, List<Endpoint> targets, Progress progress, Duration patience)
      throws IOException {
    this.patience = patience;
    this.setup = Setup.of(workload, targets);
    this.workload = workload;
    this.progress = progress;
    int count = Math.min(workload.threads(), workload.clients());
    this.executor =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "stress-load");
              thread.setDaemon(true);
              return thread;
            });
    for (int i = 0; i < count; i++) {
      threads.add(new LoadThread(setup, i, count));
    }
  }

  /**
   * Runs to the end.
   *
   * @param ownCluster for the report only
   * @param loadBegins is given what can end the load early
   * @param removeKeys whether the keys are taken away afterwards
   * @throws IOException if the keys could not even be written
   */
  Report run(boolean ownCluster, boolean removeKeys, Consumer<Deadline> loadBegins)
      throws IOException, InterruptedException {
    Phase.Result load = phase("writing keys", sweep(Operation.SET, UNLIMITED), errors);
    if (!load.complete()) {
      String why = errors.counts().isEmpty() ? "" : ": " + errors.counts().get(0).example();
      throw new IOException("the keys could not be written" + why);
    }
    Instant startedAt = Instant.now();
    long startAt = System.nanoTime();
    Deadline end =
        new Deadline(
            workload.requests() > 0 ? Work.NEVER : startAt + workload.duration().toNanos());
    loadBegins.accept(end);
    Phase.Result main = phase("running", mix(startAt, end), errors);
    Phase.Result check = phase("reading keys", sweep(Operation.GET, LONGEST_CHECK), errors);
    errors.add(
        Errors.NOT_CHECKED,
        "the check at the end was given up after "
            + Math.round(check.seconds())
            + " s with keys unread",
        workload.keys() - Math.min(workload.keys(), check.samples().allGets().getTotalCount()));
    if (removeKeys) {
      phase("removing keys", sweep(Operation.DEL, LONGEST_REMOVAL), new Errors());
    }
    progress.done();
    return new Findings(setup, errors, load, main, check).report(startedAt, ownCluster);
  }

  private Phase.Result phase(String name, Phase phase, Errors counted)
      throws IOException, InterruptedException {
    progress.begin(name, counted);
    return phase.run(executor, threads, System.nanoTime(), counted, progress::show);
  }

  private Phase sweep(Operation operation, Duration limit) {
    return new Phase(
        client -> new SweepWork(operation, workload.keysOf(client), Setup.SWEEP_WINDOW),
        false,
        patience,
        limit);
  }

  private Phase mix(long startAt, Deadline end) {
    boolean open = workload.rate() > 0;
    boolean counted = workload.requests() > 0;
    // clients own at most two different numbers of keys
    KeyChooser most = workload.distribution().over(workload.keysOf(0));
    KeyChooser least = workload.distribution().over(workload.keysOf(workload.clients() - 1));
    double interval = open ? 1e9 * workload.clients() / workload.rate() : 0;
    IntFunction<Work> work =
        client ->
            new MixWork(
                new SplittableRandom(workload.seed() + client),
                workload.keysOf(client) == workload.keysOf(0) ? most : least,
                workload.readShare(),
                workload.pipeline(),
                interval,
                startAt + (long) (interval * client / workload.clients()),
                end,
                counted ? requestsOf(client) : Long.MAX_VALUE);
    // what can not be done is given up; a cluster that is down for a while is not
    Duration bound =
        counted ? patience : workload.duration().plus(workload.timeout()).plus(patience);
    return new Phase(work, open, bound, UNLIMITED);
  }

  private long requestsOf(int client) {
    long clients = workload.clients();
    return workload.requests() / clients + (client < workload.requests() % clients ? 1 : 0);
  }

  @Override
  public void close() throws IOException {
    executor.shutdownNow();
    try {
      executor.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (LoadThread thread : threads) {
      thread.close();
    }
  }
}
