package kvstore.tools.verify;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kvstore.tools.ExitCode;
import kvstore.tools.stress.OptionText;
import kvstore.tools.stress.ReportFile;
import kvstore.tools.verify.fault.FaultKind;
import kvstore.tools.verify.fault.NodeControls;
import kvstore.tools.verify.report.VerifyHtml;
import kvstore.tools.verify.report.VerifyJson;
import kvstore.tools.verify.report.VerifyReport;
import kvstore.tools.verify.report.VerifyText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kv_store verify}: faults on purpose, and a verdict. */
@Command(
    name = "verify",
    sortOptions = false,
    showDefaultValues = true,
    description = {
      "Starts a cluster on this machine, lets clients work on it, makes nodes, network and disks"
          + " fail, and says whether every promise was kept: linearizable, durable, converged. No"
          + " root is needed.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every promise was kept",
      "1:one was broken, or a node did not recover",
      "2:the command line makes no sense",
      "3:the nodes could not be started"
    })
public final class VerifyCommand implements Callable<Integer> {

  private static final int MOST_OPERATIONS = 3_000_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  private boolean help;

  @Option(names = "--nodes", paramLabel = "N", defaultValue = "3", description = "3 to 9 nodes.")
  private int nodes;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "3",
      description = "Replicas of each shard: 3, 5 or 7, at most as many as nodes.")
  private int replicas;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "How long faults go on, such as 60s, 10m.")
  private String duration = "60s";

  @Option(
      names = "--faults",
      paramLabel = "LIST",
      defaultValue = "all",
      description = "Which faults, between commas; all, none, or list to see them.")
  private String faults = "all";

  @Option(names = "--clients", paramLabel = "N", defaultValue = "12", description = "Clients.")
  private int clients;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Operations a second, of all clients together.")
  private int rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Repeats the choices of an earlier run (default: random).")
  private @Nullable Long seed;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "Where the nodes keep their data, new or empty; kept (default: a temporary folder,"
              + " removed if all went well).")
  private @Nullable Path directory;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON.")
  private @Nullable Path json;

  @Option(names = "--html", paramLabel = "FILE", description = "Write the report as a page.")
  private @Nullable Path html;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (faults.equals("list")) {
      for (FaultKind kind : FaultKind.values()) {
        spec.commandLine().getOut().printf("%-14s %s%n", kind.word(), kind.description());
      }
      return ExitCode.OK;
    }
    VerifyOptions options;
    try {
      ReportFile.requireWritable("--json", json);
      ReportFile.requireWritable("--html", html);
      options = options();
    } catch (IllegalArgumentException | CommandLine.TypeConversionException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        options.nodes()
            + " nodes in "
            + options.directory()
            + ", "
            + options.clients()
            + " clients, seed "
            + options.seed());
    VerifyReport report;
    if (options.faults().stream().anyMatch(FaultKind::needsFakeTime)
        && NodeControls.fakeTime().isEmpty()) {
      options.faults().removeIf(FaultKind::needsFakeTime);
      out.println(
          "skipped: clock faults, for libfaketime is missing (Debian: apt install faketime)");
    }
    try {
      report =
          new VerifyRun(options, out::println, fault -> out.println(VerifyText.line(fault))).run();
    } catch (IOException e) {
      throw new IOException("the nodes could not be used: " + e.getMessage(), e);
    }
    VerifyText.print(report, out);
    if (json != null) {
      ReportFile.write(json, VerifyJson.of(report));
    }
    if (html != null) {
      ReportFile.write(html, VerifyHtml.of(report));
    }
    if (directory == null && report.passed()) {
      remove(options.directory());
    } else {
      out.println("Data and logs: " + options.directory());
    }
    return report.passed() ? ExitCode.OK : ExitCode.ERROR_REPLY;
  }

  private VerifyOptions options() throws IOException {
    require(nodes >= 3 && nodes <= 9, "--nodes from 3 to 9");
    require(
        replicas >= 3 && replicas <= Math.min(7, nodes) && replicas % 2 == 1,
        "--replicas of 3, 5 or 7, and not more than nodes");
    require(clients >= 1 && clients <= 200, "--clients from 1 to 200");
    require(rate >= 1, "--rate of 1 or more");
    Duration time = OptionText.duration(duration);
    require(
        time.toSeconds() * rate <= MOST_OPERATIONS,
        "--duration times --rate of at most " + MOST_OPERATIONS + ", since all is remembered");
    Set<FaultKind> kinds = FaultKind.parse(faults);
    long chosen = seed == null ? new SecureRandom().nextInt(1_000_000) : seed;
    String command =
        "./kv_store verify --nodes %d --replicas %d --duration %s --faults %s --clients %d --rate %d --seed %d"
            .formatted(nodes, replicas, duration, faults, clients, rate, chosen);
    return new VerifyOptions(
        nodes, replicas, time, clients, rate, chosen, kinds, folder(), command);
  }

  private Path folder() throws IOException {
    if (directory == null) {
      return Files.createTempDirectory("kv_store-verify-");
    }
    Files.createDirectories(directory);
    try (Stream<Path> content = Files.list(directory)) {
      require(
          content.findAny().isEmpty(),
          "a new or empty folder after --dir, got '" + directory + "'");
    }
    return directory.toAbsolutePath();
  }

  private static void require(boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("expected " + expected);
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
