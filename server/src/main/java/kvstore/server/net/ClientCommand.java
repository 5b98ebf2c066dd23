package kvstore.server.net;

import static kvstore.server.net.Arguments.is;
import static kvstore.server.net.Arguments.lower;
import static kvstore.server.net.Arguments.text;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** CLIENT and its subcommands. */
final class ClientCommand implements SessionCommand {

  private static final Set<String> TYPES = Set.of("normal", "master", "replica", "slave", "pubsub");

  private final Gateway gateway;

  ClientCommand(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public void run(Session session, byte[][] arguments, ReplySlot slot) {
    switch (lower(arguments[1])) {
      case "reply" -> reply(session, arguments, slot);
      case "kill" -> kill(session, arguments, slot);
      default -> slot.reply(answer(session, arguments));
    }
  }

  private Reply answer(Session session, byte[][] arguments) {
    return switch (lower(arguments[1])) {
      case "id" -> new Reply.Int(session.connection().id());
      case "info" -> new Reply.Verbatim("txt", ClientLine.of(session.connection()) + "\n");
      case "list" -> list(arguments);
      case "setname" -> setName(session, text(arguments[2]));
      case "getname" -> session.name().isEmpty() ? Reply.NIL : Reply.bulk(session.name());
      case "setinfo" -> setInfo(session, arguments);
      case "no-evict" -> {
        Boolean value = onOff(arguments[2]);
        if (value != null) {
          session.noEvict(value);
        }
        yield value == null ? Failures.SYNTAX : Reply.OK;
      }
      case "no-touch" -> {
        Boolean value = onOff(arguments[2]);
        if (value != null) {
          session.noTouch(value);
        }
        yield value == null ? Failures.SYNTAX : Reply.OK;
      }
      case "getredir" -> new Reply.Int(-1);
      case "tracking" ->
          is(arguments[2], "off")
              ? Reply.OK
              : Failures.error("client tracking is not supported by this server");
      case "trackinginfo" ->
          new Reply.Pairs(
              List.of(
                  Reply.bulk("flags"),
                  new Reply.Distinct(List.of(Reply.bulk("off"))),
                  Reply.bulk("redirect"),
                  new Reply.Int(-1),
                  Reply.bulk("prefixes"),
                  Reply.EMPTY_ARRAY));
      case "unblock" -> new Reply.Int(0);
      case "pause" -> Failures.error("CLIENT PAUSE is not supported by this server");
      case "unpause" -> Reply.OK;
      default -> Failures.unknownSubcommand("client", arguments[1]);
    };
  }

  private static void reply(Session session, byte[][] arguments, ReplySlot slot) {
    switch (lower(arguments[2])) {
      case "on" -> {
        session.replies(Session.Replies.ON);
        slot.silence(false);
        slot.reply(Reply.OK);
      }
      case "off" -> {
        session.replies(Session.Replies.OFF);
        slot.silence(true);
        slot.reply(Reply.OK);
      }
      case "skip" -> {
        if (!slot.isSilent()) {
          session.replies(Session.Replies.SKIP_NEXT);
        }
        slot.silence(true);
        slot.reply(Reply.OK);
      }
      default -> slot.reply(Failures.SYNTAX);
    }
  }

  private static Reply setName(Session session, String name) {
    if (!ConnectionCommands.isName(name)) {
      return ConnectionCommands.badName("names");
    }
    session.name(name);
    return Reply.OK;
  }

  private static Reply setInfo(Session session, byte[][] arguments) {
    String attribute = lower(arguments[2]);
    String value = text(arguments[3]);
    if (!attribute.equals("lib-name") && !attribute.equals("lib-ver")) {
      return Failures.error("Unrecognized option '" + text(arguments[2]) + "'");
    }
    if (!ConnectionCommands.isName(value)) {
      return Failures.error(attribute + " cannot contain spaces, newlines or special characters.");
    }
    if (attribute.equals("lib-name")) {
      session.libraryName(value);
    } else {
      session.libraryVersion(value);
    }
    return Reply.OK;
  }

  private Reply list(byte[][] arguments) {
    Set<Long> ids = Set.of();
    boolean none = false;
    if (arguments.length == 4 && is(arguments[2], "type")) {
      String type = lower(arguments[3]);
      if (!TYPES.contains(type)) {
        return Failures.error("Unknown client type '" + text(arguments[3]) + "'");
      }
      none = !type.equals("normal");
    } else if (arguments.length > 3 && is(arguments[2], "id")) {
      ids = new java.util.HashSet<>();
      for (int i = 3; i < arguments.length; i++) {
        OptionalLong id = Arguments.number(arguments[i]);
        if (id.isEmpty()) {
          return Failures.error("Invalid client ID");
        }
        ids.add(id.getAsLong());
      }
    } else if (arguments.length > 2) {
      return Failures.SYNTAX;
    }
    Set<Long> wanted = ids;
    String lines =
        none
            ? ""
            : gateway.clients().all().stream()
                .filter(client -> wanted.isEmpty() || wanted.contains(client.id()))
                .sorted(Comparator.comparingLong(Connection::id))
                .map(client -> ClientLine.of(client) + "\n")
                .collect(Collectors.joining());
    return new Reply.Verbatim("txt", lines);
  }

  private void kill(Session session, byte[][] arguments, ReplySlot slot) {
    boolean byAddressOnly = arguments.length == 3;
    ClientFilter filter = new ClientFilter();
    Reply refusal = byAddressOnly ? filter.address(text(arguments[2])) : filter.read(arguments, 2);
    if (refusal != null) {
      slot.reply(refusal);
      return;
    }
    int killed = 0;
    for (Connection client : gateway.clients().all()) {
      boolean self = client == session.connection();
      if (!filter.matches(client) || (self && filter.skipsSelf())) {
        continue;
      }
      killed++;
      if (self) {
        client.stopReading();
        slot.makeLast();
      } else {
        client.kill();
      }
    }
    if (byAddressOnly) {
      slot.reply(killed > 0 ? Reply.OK : Failures.error("No such client"));
    } else {
      slot.reply(new Reply.Int(killed));
    }
  }

  private static @Nullable Boolean onOff(byte[] argument) {
    if (is(argument, "on")) {
      return true;
    }
    return is(argument, "off") ? false : null;
  }
}
