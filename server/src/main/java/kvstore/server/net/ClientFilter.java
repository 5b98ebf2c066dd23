package kvstore.server.net;

import static kvstore.server.net.Arguments.lower;
import static kvstore.server.net.Arguments.text;

import java.util.OptionalLong;
import java.util.Set;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** Which clients CLIENT KILL means. */
final class ClientFilter {

  private static final Set<String> OTHER_TYPES = Set.of("master", "replica", "slave", "pubsub");

  private @Nullable Long id;
  private @Nullable String address;
  private @Nullable String localAddress;
  private @Nullable Long ageSeconds;
  private boolean none;
  private boolean skipSelf;

  /** The old form: one address, oneself included. */
  @Nullable Reply address(String value) {
    address = value;
    return null;
  }

  /** Reads filters from {@code from} on; answers an error, or null if all is well. */
  @Nullable Reply read(byte[][] arguments, int from) {
    skipSelf = true;
    for (int i = from; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        return Failures.SYNTAX;
      }
      Reply refusal = read(lower(arguments[i]), arguments[i + 1]);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable Reply read(String filter, byte[] argument) {
    String value = text(argument);
    switch (filter) {
      case "id" -> {
        OptionalLong number = Arguments.number(argument);
        if (number.isEmpty() || number.getAsLong() <= 0) {
          return Failures.error("client-id should be greater than 0");
        }
        id = number.getAsLong();
      }
      case "maxage" -> {
        OptionalLong number = Arguments.number(argument);
        if (number.isEmpty() || number.getAsLong() <= 0) {
          return Failures.error("maxage should be greater than 0");
        }
        ageSeconds = number.getAsLong();
      }
      case "addr" -> address = value;
      case "laddr" -> localAddress = value;
      case "user" -> {
        if (!value.equals("default")) {
          return Failures.error("No such user '" + value + "'");
        }
      }
      case "type" -> {
        if (OTHER_TYPES.contains(lower(argument))) {
          none = true;
        } else if (!lower(argument).equals("normal")) {
          return Failures.error("Unknown client type '" + value + "'");
        }
      }
      case "skipme" -> {
        if (lower(argument).equals("yes") || lower(argument).equals("no")) {
          skipSelf = lower(argument).equals("yes");
        } else {
          return Failures.SYNTAX;
        }
      }
      default -> {
        return Failures.SYNTAX;
      }
    }
    return null;
  }

  boolean skipsSelf() {
    return skipSelf;
  }

  boolean matches(Connection client) {
    return !none
        && (id == null || id == client.id())
        && (address == null || address.equals(ClientLine.remote(client)))
        && (localAddress == null || localAddress.equals(ClientLine.local(client)))
        && (ageSeconds == null || client.ageNanos() / 1_000_000_000L >= ageSeconds);
  }
}
