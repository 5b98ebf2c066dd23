package kvstore.tools.shell;

import java.io.Console;
import java.io.IOException;
import java.util.Map;
import kvstore.tools.Credentials;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who to log in as. A password is never taken off the command line, where others can read it. */
public final class LoginOptions {

  @Option(names = "--user", paramLabel = "NAME", description = "User to log in as.")
  private @Nullable String user;

  @Option(
      names = "--password",
      description = "Ask for the password; else it is taken from KV_PASSWORD.")
  private boolean ask;

  /** Null to stay anonymous. */
  public @Nullable Credentials credentials(Map<String, String> environment) throws IOException {
    if (!ask) {
      return Credentials.from(user, environment);
    }
    Console console = Standard.inputIsTerminal() ? System.console() : null;
    if (console == null) {
      throw new IOException(
          "--password asks on a terminal, and there is none; set " + Credentials.PASSWORD_VARIABLE);
    }
    char[] password = console.readPassword("Password: ");
    return password == null ? null : new Credentials(user, new String(password));
  }
}
