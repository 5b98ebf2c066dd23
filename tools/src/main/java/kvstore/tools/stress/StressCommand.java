package kvstore.tools.stress;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kvstore.tools.Credentials;
import kvstore.tools.Endpoint;
import kvstore.tools.ExitCode;
import kvstore.tools.local.LocalCluster;
import kvstore.tools.shell.LoginOptions;
import kvstore.tools.stress.report.HtmlReport;
import kvstore.tools.stress.report.JsonReport;
import kvstore.tools.stress.report.Report;
import kvstore.tools.stress.report.TextReport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kv_store stress}: load, with every value read checked. */
@Command(
    name = "stress",
    sortOptions = false,
    showDefaultValues = true,
    description = {
      "Puts load on a cluster, checks every value it reads against what it wrote, and reports"
          + " response times, throughput and errors.",
      "",
      "Without --target: on a cluster of three nodes of its own in a temporary folder, removed"
          + " afterwards.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:no error",
      "1:errors, or a wrong or lost value",
      "2:the command line makes no sense",
      "3:no server answers"
    })
public final class StressCommand implements Callable<Integer> {

  private static final int OWN_NODES = 3;
  private static final int DIGITS_OF_PREFIX = 4;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  private boolean help;

  @Option(
      names = "--target",
      split = ",",
      paramLabel = "HOST:PORT",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Nodes to test; clients spread over them, and go to another when one dies.")
  private List<String> targets = new ArrayList<>();

  @Option(names = "--clients", paramLabel = "N", defaultValue = "50", description = "Connections.")
  private int clients;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      defaultValue = "1",
      description = "Requests that each client has under way.")
  private int pipeline;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "How long, such as 500ms, 10s, 2m, 1h.")
  private String duration = "10s";

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "How many requests, instead of how long.")
  private @Nullable Long requests;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Keys, all written before the test.")
  private int keys;

  @Option(
      names = "--value-size",
      paramLabel = "BYTES",
      defaultValue = "128",
      description = "Bytes of each value, such as 128, 4k.")
  private String valueSize = "128";

  @Option(
      names = "--ratio",
      paramLabel = "READS:WRITES",
      defaultValue = "1:1",
      description = "Proportion of GETs to SETs.")
  private String ratio = "1:1";

  @Option(
      names = "--distribution",
      paramLabel = "NAME",
      defaultValue = "uniform",
      description = "Which keys: uniform, or zipfian (few keys get most of the requests).")
  private String distribution = "uniform";

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Requests a second, sent on schedule whether or not replies come; response times count"
              + " from the time a request should have been sent.")
  private @Nullable Double rate;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "For one reply; then the client goes to another node.")
  private String timeout = "10s";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that drive the clients (default: one per four processors).")
  private @Nullable Integer threads;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Repeats the choices of an earlier run (default: random).")
  private @Nullable Long seed;

  @Option(names = "--keep-keys", description = "Leave the keys in the cluster.")
  private boolean keepKeys;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON.")
  private @Nullable Path json;

  @Option(names = "--html", paramLabel = "FILE", description = "Write the report as a page.")
  private @Nullable Path html;

  @Mixin private LoginOptions login = new LoginOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Credentials credentials = targets.isEmpty() ? null : login.credentials(System.getenv());
    List<Endpoint> endpoints = new ArrayList<>();
    Workload workload;
    try {
      targets.forEach(target -> endpoints.add(Endpoint.parse(target)));
      workload = workload(credentials);
      ReportFile.requireWritable("--json", json);
      ReportFile.requireWritable("--html", html);
    } catch (IllegalArgumentException | CommandLine.TypeConversionException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    Interruption interruption = Interruption.watched();
    int code = ExitCode.ERROR_REPLY;
    try {
      code = run(workload, endpoints, interruption);
      return code;
    } catch (IOException | InterruptedException e) {
      if (!interruption.isRequested()) {
        code = ExitCode.UNREACHABLE;
        throw e;
      }
      System.err.println("kv_store: stopped before the test began");
      return code;
    } finally {
      interruption.finished(code);
    }
  }

  private int run(Workload workload, List<Endpoint> endpoints, Interruption interruption)
      throws IOException, InterruptedException {
    Progress progress = Progress.onTerminal();
    if (!endpoints.isEmpty()) {
      return run(workload, endpoints, progress, false, interruption);
    }
    progress.say("starting " + OWN_NODES + " nodes …");
    try (LocalCluster cluster = LocalCluster.temporary(OWN_NODES)) {
      cluster.awaitReady(null);
      return run(workload, cluster.endpoints(), progress, true, interruption);
    }
  }

  private int run(
      Workload workload,
      List<Endpoint> endpoints,
      Progress progress,
      boolean ownCluster,
      Interruption interruption)
      throws IOException, InterruptedException {
    Report report;
    try (StressRun run = new StressRun(workload, endpoints, progress)) {
      Reachability.require(endpoints, workload);
      report = run.run(ownCluster, !keepKeys && !ownCluster, interruption::loadRunsUntil);
    } finally {
      progress.done();
    }
    PrintWriter out = spec.commandLine().getOut();
    TextReport.print(report, out);
    if (json != null) {
      ReportFile.write(json, JsonReport.of(report));
    }
    if (html != null) {
      ReportFile.write(html, HtmlReport.of(report));
    }
    return report.passed() ? ExitCode.OK : ExitCode.ERROR_REPLY;
  }

  private Workload workload(@Nullable Credentials credentials) {
    require(requests == null || requests > 0, "--requests of 1 or more");
    require(rate == null || rate > 0, "--rate above zero");
    long chosen = seed == null ? new SecureRandom().nextLong() >>> 1 : seed;
    int usual = Math.max(1, Runtime.getRuntime().availableProcessors() / 4);
    Duration time = OptionText.duration(duration);
    return new Workload(
        clients,
        pipeline,
        time,
        requests == null ? 0 : requests,
        keys,
        OptionText.bytes(valueSize),
        OptionText.share(ratio),
        OptionText.distribution(distribution),
        rate == null ? 0 : rate,
        threads == null ? usual : threads,
        OptionText.duration(timeout),
        chosen,
        prefix(),
        credentials);
  }

  private static void require(boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("expected " + expected);
    }
  }

  /** Two runs at once on one cluster must not write the same keys. */
  private static String prefix() {
    int bound = (int) Math.pow(Character.MAX_RADIX, DIGITS_OF_PREFIX);
    String random = Integer.toString(new SecureRandom().nextInt(bound), Character.MAX_RADIX);
    return "stress:"
        + "0".repeat(DIGITS_OF_PREFIX - random.length())
        + random.toLowerCase(Locale.ROOT)
        + ":";
  }
}
