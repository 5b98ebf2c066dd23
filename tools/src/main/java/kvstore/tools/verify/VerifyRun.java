package kvstore.tools.verify;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import kvstore.tools.local.LocalCluster;
import kvstore.tools.local.StopOnSignal;
import kvstore.tools.verify.fault.NodeControls;
import kvstore.tools.verify.fault.PeerNetwork;
import kvstore.tools.verify.fault.Stage;
import kvstore.tools.verify.history.Checker;
import kvstore.tools.verify.history.ObjectHistory;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Verdict;
import kvstore.tools.verify.report.FaultReport;
import kvstore.tools.verify.report.VerifyReport;

/** One run, from the start of the nodes to the verdict. */
public final class VerifyRun {

  /** Small, so that snapshots are taken and sent within a short run. */
  private static final List<String> NODE_OPTIONS =
      List.of("--request-deadline", "2s", "--snapshot-log-size", "1MiB");

  private static final int MOST_VIOLATIONS = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final VerifyOptions options;
  private final Consumer<String> say;
  private final Consumer<FaultReport> listener;
  private final List<String> names;
  private final Stock stock = new Stock();
  private final List<FaultReport> faults = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private volatile boolean stopped;

  /**
   * @param say is told what is going on, in a few words
   * @param listener is told of each fault when it is over
   */
  VerifyRun(VerifyOptions options, Consumer<String> say, Consumer<FaultReport> listener) {
    this.options = options;
    this.say = say;
    this.listener = listener;
    this.names = IntStream.rangeClosed(1, options.nodes()).mapToObj(i -> "n" + i).toList();
  }

  /**
   * Runs.
   *
   * @throws IOException if the nodes can not be started
   */
  VerifyReport run() throws IOException, InterruptedException {
    say.accept("starting " + options.nodes() + " nodes …");
    try (PeerNetwork network = PeerNetwork.open(names);
        LocalCluster cluster =
            StopOnSignal.start(() ->
                LocalCluster.behind(
                    options.directory(),
                    network.ports(),
                    nodeOptions(),
                    node -> NodeControls.environment(node, options.faults())))) {
      for (int node = 0; node < options.nodes(); node++) {
        network.target(node, cluster.peerPort(node));
      }
      cluster.awaitReady(null);
      SplittableRandom dice = new SplittableRandom(options.seed());
      Stage stage = new Stage(cluster, network, names, dice.split());
      awaitService(stage);
      return run(cluster, stage, dice);
    }
  }

  private List<String> nodeOptions() {
    List<String> all = new ArrayList<>(NODE_OPTIONS);
    all.addAll(List.of("--replicas", Integer.toString(options.replicas())));
    return all;
  }

  /** The clock starts when the cluster serves. */
  private void awaitService(Stage stage) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (int node = 0; node < options.nodes(); node++) {
      while (!stage.isWell(node)) {
        if (System.nanoTime() - deadline > 0) {
          throw new IOException("node " + names.get(node) + " does not serve");
        }
        Thread.sleep(50); // until there is a leader
      }
    }
  }

  private VerifyReport run(LocalCluster cluster, Stage stage, SplittableRandom dice)
      throws IOException, InterruptedException {
    String startedAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    Timeline timeline = new Timeline(System.nanoTime());
    List<Thread> clients = startClients(cluster, timeline, dice);
    int duration = (int) options.duration().toMillis();
    try {
      new Schedule(stage, options.faults(), dice.split(), timeline, this::over)
          .run(duration, () -> stopped);
    } finally {
      stopped = true;
      for (Thread client : clients) {
        client.join();
      }
    }
    int ended = timeline.now();
    return judged(cluster, startedAt, timeline, ended);
  }

  private void over(FaultReport fault) {
    faults.add(fault);
    listener.accept(fault);
  }

  private List<Thread> startClients(
      LocalCluster cluster, Timeline timeline, SplittableRandom dice) {
    List<Thread> threads = new ArrayList<>();
    long interval = 1_000_000_000L * options.clients() / options.rate();
    for (int i = 0; i < options.clients(); i++) {
      Worker worker =
          new Worker(
              i, cluster.endpoints(), stock, timeline, dice.split(), interval, () -> stopped);
      Thread thread = new Thread(worker, "verify-client-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    return threads;
  }

  private VerifyReport judged(LocalCluster cluster, String startedAt, Timeline timeline, int ended)
      throws InterruptedException {
    say.accept("reading every key again …");
    List<TestObject> objects = stock.all();
    int unread = new FinalReads(cluster.endpoints()).read(objects);
    say.accept("comparing replicas …");
    Convergence.Result convergence =
        new Convergence(names, cluster.endpoints(), options.replicas()).compare();
    for (int node = 0; node < options.nodes(); node++) {
      if (!cluster.isAlive(node)) {
        problems.add(cluster.epitaph(node));
      }
    }
    timeline.errors().keySet().stream()
        .filter(kind -> kind.startsWith("unexpected"))
        .forEach(kind -> problems.add("an error that no document knows: " + kind));
    say.accept("checking " + objects.size() + " histories …");
    long start = System.nanoTime();
    Findings findings = new Findings();
    Checker checker = new Checker();
    for (TestObject object : objects) {
      ObjectHistory history = object.history();
      findings.add(checker.check(history));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return report(
        startedAt, timeline, ended, findings, unread, convergence, objects.size(), seconds);
  }

  /** Verdicts added up. */
  private static final class Findings {
    private final List<List<String>> violations = new ArrayList<>();
    private boolean linearizable = true;
    private boolean lost;
    private int undecided;

    void add(Verdict verdict) {
      if (verdict instanceof Verdict.Violation violation) {
        linearizable = false;
        lost |= violation.culprit().client() == FinalReads.CLIENT;
        if (violations.size() < MOST_VIOLATIONS) {
          violations.add(violation.lines());
        }
      } else if (verdict instanceof Verdict.Undecided) {
        undecided++;
      }
    }
  }

  private VerifyReport report(
      String startedAt,
      Timeline timeline,
      int ended,
      Findings findings,
      int unread,
      Convergence.Result convergence,
      int objects,
      double checkSeconds) {
    return new VerifyReport(
        startedAt,
        options.command(),
        new VerifyReport.Parameters(
            options.nodes(),
            options.clients(),
            ended / 1e3,
            options.rate(),
            options.seed(),
            Runtime.getRuntime().availableProcessors(),
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()),
        new VerifyReport.Totals(
            timeline.total(Outcome.OK),
            timeline.total(Outcome.FAILED),
            timeline.total(Outcome.UNKNOWN),
            timeline.errors(),
            objects,
            timeline.availability(0, ended),
            checkSeconds),
        new VerifyReport.Verdicts(
            findings.linearizable,
            !findings.lost && unread == 0,
            convergence.converged(),
            findings.violations,
            findings.undecided,
            unread,
            convergence.lines(),
            problems),
        faults,
        timeline.slices().stream()
            .map(slice -> new VerifyReport.Slice(slice.ok(), slice.failed(), slice.unknown()))
            .toList());
  }
}
