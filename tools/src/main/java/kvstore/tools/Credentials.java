package kvstore.tools;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who to log in as.
 *
 * @param user null for the default user
 */
public record Credentials(@Nullable String user, String password) {

  /** Holds the password, so that it need not stand on a command line that others can read. */
  public static final String PASSWORD_VARIABLE = "KV_PASSWORD";

  /** The password from the environment; null if there is none. */
  public static @Nullable Credentials from(@Nullable String user, Map<String, String> environment) {
    String password = environment.get(PASSWORD_VARIABLE);
    return password == null || password.isEmpty() ? null : new Credentials(user, password);
  }

  @Override
  public String toString() {
    return "Credentials[user=" + user + "]";
  }
}
