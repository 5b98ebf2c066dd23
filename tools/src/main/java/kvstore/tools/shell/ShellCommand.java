package kvstore.tools.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kvstore.tools.Credentials;
import kvstore.tools.Endpoint;
import kvstore.tools.RefusedException;
import kvstore.tools.RespConnection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kv_store shell}: talks to a running node. */
@Command(
    name = "shell",
    description = "Talk to a running node: a prompt, a script on standard input, or one command.",
    footer = {
      "",
      "Exit codes: 0; 1 the one command was answered by an error; 2 bad usage; 3 no server."
    })
public final class ShellCommand implements Callable<Integer> {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(120);

  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  private boolean help;

  @Option(
      names = {"-h", "--host"},
      paramLabel = "HOST",
      description = "Host of the node (default: 127.0.0.1).")
  private @Nullable String host;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      description = "Client port of the node (default: 7379).")
  private @Nullable Integer port;

  @Option(names = "-x", description = "Take the command's last argument from standard input.")
  private boolean lastFromInput;

  @Mixin private LoginOptions login = new LoginOptions();

  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(
      paramLabel = "COMMAND",
      description = "One command and its arguments.",
      arity = "0..*")
  private List<String> words = List.of();

  @Override
  public Integer call() throws IOException {
    Endpoint endpoint =
        new Endpoint(
            host == null ? Endpoint.DEFAULT_HOST : host,
            port == null ? Endpoint.DEFAULT_PORT : port);
    String name = host == null && port == null ? "kv" : endpoint.toString();
    Shell shell = new Shell(to(endpoint, login.credentials(System.getenv())), name, output);
    if (words.isEmpty()) {
      return shell.run("", prompt -> {});
    }
    List<byte[]> arguments = new ArrayList<>();
    for (String word : words) {
      arguments.add(word.getBytes(StandardCharsets.UTF_8));
    }
    if (lastFromInput) {
      arguments.add(System.in.readAllBytes());
    }
    return shell.once(arguments.toArray(byte[][]::new));
  }

  /** Connections to one address. */
  public static Connector to(Endpoint endpoint, @Nullable Credentials credentials) {
    return () -> {
      try {
        return RespConnection.open(endpoint, credentials, CONNECT_TIMEOUT, REPLY_TIMEOUT);
      } catch (RefusedException e) {
        throw new IOException(endpoint + " refused the connection: " + e.getMessage(), e);
      } catch (IOException e) {
        throw new IOException("no server answers at " + endpoint + ": " + e.getMessage(), e);
      }
    };
  }
}
