package kvstore.server.net;

import static kvstore.server.net.Arguments.lower;
import static kvstore.server.net.Arguments.text;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kvstore.protocol.Reply;
import kvstore.server.config.ClientLimits;

/** CONFIG GET and SET for the parameters that exist here, by Redis's names. */
final class ConfigCommand implements SessionCommand.Answering {

  private static final long MOST_CLIENTS = 1_000_000;
  private static final long LONGEST_TIMEOUT_SECONDS = 86_400;

  private final Gateway gateway;
  private final Map<String, Supplier<String>> parameters = new LinkedHashMap<>();
  private final Map<String, Changeable> changeable = new LinkedHashMap<>();

  /** A parameter that CONFIG SET takes: a whole number from 0 or 1 on. */
  private record Changeable(long least, long most, Consumer<Long> change) {}

  ConfigCommand(Gateway gateway) {
    this.gateway = gateway;
    ClientLimits limits = gateway.options().clients();
    parameters.put("appendfsync", () -> "always");
    parameters.put("appendonly", () -> "yes");
    parameters.put("bind", () -> gateway.endpoints().host());
    parameters.put(
        "client-output-buffer-limit", () -> "normal " + limits.outputBuffer().bytes() + " 0 0");
    parameters.put(
        "client-query-buffer-limit", () -> Long.toString(limits.request().maxTotal().bytes()));
    parameters.put("cluster-enabled", () -> "no");
    parameters.put("databases", () -> "1");
    parameters.put("dir", () -> gateway.options().node().dir().toString());
    parameters.put("io-threads", () -> Integer.toString(gateway.options().process().ioThreads()));
    parameters.put("maxclients", () -> Integer.toString(gateway.maxClients()));
    parameters.put("maxmemory", () -> "0");
    parameters.put("maxmemory-policy", () -> "noeviction");
    parameters.put("port", () -> Integer.toString(gateway.endpoints().port()));
    parameters.put("proto-max-bulk-len", () -> Long.toString(limits.request().maxBulk().bytes()));
    parameters.put("requirepass", () -> "");
    parameters.put("save", () -> "");
    parameters.put("timeout", () -> Long.toString(gateway.idleTimeout().toSeconds()));
    changeable.put(
        "maxclients",
        new Changeable(1, MOST_CLIENTS, value -> gateway.maxClients(Math.toIntExact(value))));
    changeable.put(
        "timeout",
        new Changeable(
            0, LONGEST_TIMEOUT_SECONDS, value -> gateway.idleTimeout(Duration.ofSeconds(value))));
  }

  @Override
  public Reply answer(Session session, byte[][] arguments) {
    return switch (lower(arguments[1])) {
      case "get" -> get(arguments);
      case "set" -> set(arguments);
      case "resetstat" -> {
        gateway.resetTotals();
        yield Reply.OK;
      }
      case "rewrite" -> Failures.error("The server is running without a config file");
      default -> Failures.unknownSubcommand("config", arguments[1]);
    };
  }

  private Reply get(byte[][] arguments) {
    List<Reply> pairs = new ArrayList<>();
    parameters.forEach((name, value) -> {
      for (int i = 2; i < arguments.length; i++) {
        if (GlobPattern.matches(lower(arguments[i]), name)) {
          pairs.add(Reply.bulk(name));
          pairs.add(Reply.bulk(value.get()));
          break;
        }
      }
    });
    return new Reply.Pairs(pairs);
  }

  /** All or nothing. */
  private Reply set(byte[][] arguments) {
    if (arguments.length % 2 != 0) {
      return Failures.wrongArity("config|set");
    }
    List<Runnable> changes = new ArrayList<>();
    for (int i = 2; i < arguments.length; i += 2) {
      String name = lower(arguments[i]);
      Changeable parameter = changeable.get(name);
      if (parameter == null) {
        return parameters.containsKey(name)
            ? refused(name, "can't set immutable config")
            : Failures.error(
                "Unknown option or number of arguments for CONFIG SET - '"
                    + text(arguments[i])
                    + "'");
      }
      OptionalLong value = Arguments.number(arguments[i + 1]);
      if (value.isEmpty()) {
        return refused(name, "argument couldn't be parsed into an integer");
      }
      if (value.getAsLong() < parameter.least || value.getAsLong() > parameter.most) {
        return refused(
            name,
            "argument must be between "
                + parameter.least
                + " and "
                + parameter.most
                + " inclusive");
      }
      changes.add(() -> parameter.change.accept(value.getAsLong()));
    }
    changes.forEach(Runnable::run);
    return Reply.OK;
  }

  private static Reply refused(String name, String why) {
    return Failures.error(
        "CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }
}
