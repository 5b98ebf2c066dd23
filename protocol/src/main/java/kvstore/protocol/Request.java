package kvstore.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One client command as it came off the wire: the name and its arguments, at least the name.
 *
 * <p>The array and its elements belong to the request; nobody changes them after decoding.
 *
 * @param arguments the name at index 0, then the arguments; never empty
 */
@SuppressWarnings(
    "ArrayRecordComponent") // compared by identity only; copying would cost the hot path
public record Request(byte[][] arguments) {

  public Request {
    if (arguments.length == 0) {
      throw new IllegalArgumentException("expected a command name, but the request is empty");
    }
  }

  /** The command name in lower case. */
  public String name() {
    return new String(arguments[0], StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
  }
}
