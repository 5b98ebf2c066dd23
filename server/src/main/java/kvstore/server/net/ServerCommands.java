package kvstore.server.net;

import static kvstore.server.net.Arguments.lower;
import static kvstore.server.net.Arguments.text;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kvstore.protocol.Reply;
import kvstore.server.console.ShardStatus;

/** Small commands about the node. */
final class ServerCommands {

  private final Gateway gateway;

  ServerCommands(Gateway gateway) {
    this.gateway = gateway;
  }

  void addTo(Map<String, SessionCommand> commands) {
    add(commands, "time", this::time);
    add(commands, "wait", this::await);
    add(commands, "readonly", (session, arguments) -> staleReads(session, true));
    add(commands, "readwrite", (session, arguments) -> staleReads(session, false));
    add(commands, "asking", (session, arguments) -> Reply.OK);
    add(commands, "latency", this::latency);
    add(commands, "slowlog", this::slowlog);
    add(commands, "acl", this::acl);
    commands.put("shutdown", this::shutdown);
  }

  private static void add(
      Map<String, SessionCommand> commands, String name, SessionCommand.Answering command) {
    commands.put(name, new SessionCommand.Immediate(command));
  }

  private Instant now() {
    return gateway.clock().instant();
  }

  private Reply time(Session session, byte[][] arguments) {
    Instant now = now();
    return new Reply.Array(
        List.of(
            Reply.bulk(Long.toString(now.getEpochSecond())),
            Reply.bulk(Long.toString(now.getNano() / 1_000))));
  }

  /**
   * Every acknowledged write is on a majority of its shard's voters already, so there is nothing to
   * wait for, and no more to be had by waiting.
   */
  private Reply await(Session session, byte[][] arguments) {
    if (Arguments.number(arguments[1]).isEmpty()) {
      return Failures.NOT_AN_INTEGER;
    }
    if (Arguments.number(arguments[2]).isEmpty()) {
      return Failures.error("timeout is not an integer or out of range");
    }
    if (Arguments.number(arguments[2]).getAsLong() < 0) {
      return Failures.error("timeout is negative");
    }
    return new Reply.Int(copiesBesideLeader());
  }

  private int copiesBesideLeader() {
    return gateway.node().shards().stream()
        .map(ShardStatus::replicas)
        .mapToInt(replicas -> replicas.voters() / 2)
        .min()
        .orElse(0);
  }

  private static Reply staleReads(Session session, boolean stale) {
    session.allowStaleReads(stale);
    return Reply.OK;
  }

  private Reply latency(Session session, byte[][] arguments) {
    return switch (lower(arguments[1])) {
      case "latest", "history" -> Reply.EMPTY_ARRAY;
      case "reset" -> new Reply.Int(0);
      case "doctor" ->
          Reply.bulk("Latencies are counted by command: see the metrics at the HTTP port.");
      default ->
          Failures.error("LATENCY " + text(arguments[1]) + " is not supported by this server");
    };
  }

  private Reply slowlog(Session session, byte[][] arguments) {
    return switch (lower(arguments[1])) {
      case "get" -> Reply.EMPTY_ARRAY;
      case "len" -> new Reply.Int(0);
      case "reset" -> Reply.OK;
      default -> Failures.unknownSubcommand("slowlog", arguments[1]);
    };
  }

  private Reply acl(Session session, byte[][] arguments) {
    return switch (lower(arguments[1])) {
      case "whoami" -> Reply.bulk("default");
      case "cat" -> categories(arguments);
      default -> Failures.error("ACL " + text(arguments[1]) + " is not supported by this server");
    };
  }

  /** All categories, or the commands of one. */
  private Reply categories(byte[][] arguments) {
    Stream<String> words =
        gateway.commands().table().all().stream()
            .flatMap(spec ->
                arguments.length == 2
                    ? spec.categories().stream().map(category -> category.substring(1))
                    : spec.categories().contains("@" + lower(arguments[2]))
                        ? Stream.of(spec.name())
                        : Stream.of());
    return new Reply.Array(words.distinct().sorted().map(Reply::bulk).toList());
  }

  /** Answered by the end of the connection. */
  private void shutdown(Session session, byte[][] arguments, ReplySlot slot) {
    for (int i = 1; i < arguments.length; i++) {
      switch (lower(arguments[i])) {
        case "nosave", "save", "now", "force" -> {}
        case "abort" -> {
          slot.reply(Failures.error("No shutdown in progress."));
          return;
        }
        default -> {
          slot.reply(Failures.SYNTAX);
          return;
        }
      }
    }
    session.connection().stopReading();
    slot.silence(true);
    slot.makeLast();
    slot.reply(Reply.OK);
    gateway.stopNode();
  }
}
