package kvstore.tools;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import kvstore.tools.admin.ClusterCommand;
import kvstore.tools.local.LocalRun;
import kvstore.tools.local.StopOnSignal;
import kvstore.tools.local.WarmUpCommand;
import kvstore.tools.shell.LoginOptions;
import kvstore.tools.shell.OutputOptions;
import kvstore.tools.shell.ShellCommand;
import kvstore.tools.stress.StressCommand;
import kvstore.tools.verify.VerifyCommand;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Everything but the node itself: {@code kv_store} alone, and its commands. */
@Command(
    name = "kv_store",
    versionProvider = Main.Version.class,
    description = {
      "A distributed key-value store.",
      "",
      "Without a command: a node on ./data and a prompt in front of it; with --nodes, a cluster"
          + " of nodes on this machine. Commands can be piped in. All stops together.",
      ""
    },
    footer = {
      "",
      "Also: kv_store server [options]    a node alone (kv_store server --help)",
      "      kv_store --stress-test       the same as kv_store stress"
    })
public final class Main implements Callable<Integer> {

  /** The commands; each is a class with {@code @Command}. */
  private static final List<Class<?>> COMMANDS =
      List.of(
          ShellCommand.class,
          StressCommand.class,
          VerifyCommand.class,
          ClusterCommand.class,
          WarmUpCommand.class);

  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  private boolean help;

  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  private boolean version;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "1",
      description = "Nodes to run, on successive ports (default: 1).")
  private int nodes;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Where the data is kept (default: ./data).")
  private Path directory = Path.of("data");

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = Endpoint.DEFAULT_HOST,
      description = "Address to listen on (default: 127.0.0.1).")
  private String host = Endpoint.DEFAULT_HOST;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "" + Endpoint.DEFAULT_PORT,
      description = "Client port of the first node (default: 7379).")
  private int port;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Java heap of each node, as in 512m; read by the launcher.")
  private @Nullable String heap;

  @Mixin private LoginOptions login = new LoginOptions();

  @Mixin private OutputOptions output = new OutputOptions();

  public static void main(String[] arguments) {
    // standard output is for replies, whatever logging library is around
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    StopOnSignal.exit(run(List.of(arguments), text(System.out), text(System.err)));
  }

  private static PrintWriter text(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  static int run(List<String> arguments, PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Main()).setOut(out).setErr(err);
    COMMANDS.forEach(line::addSubcommand);
    // what follows the first word of a command for the server is the server's, dashes and all
    Objects.requireNonNull(line.getSubcommands().get("shell")).setStopAtPositional(true);
    line.setExecutionExceptionHandler((e, command, parsed) -> {
      err.println("kv_store: " + (e instanceof IOException ? e.getMessage() : e.toString()));
      return e instanceof IOException ? ExitCode.UNREACHABLE : ExitCode.ERROR_REPLY;
    });
    return line.execute(arguments.toArray(String[]::new));
  }

  @Override
  public Integer call() throws IOException {
    if (nodes < 1 || nodes > 99 || port < 1 || port + nodes > 65_536) {
      System.err.println("kv_store: expected 1 to 99 nodes on ports from 1 to 65535");
      return ExitCode.USAGE;
    }
    return new LocalRun(nodes, directory, new Endpoint(host, port))
        .run(output, login.credentials(System.getenv()));
  }

  /** The version that the jar was built as. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"kv_store " + (version == null ? "(development)" : version)};
    }
  }
}
