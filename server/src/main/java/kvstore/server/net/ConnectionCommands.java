package kvstore.server.net;

import static kvstore.server.net.Arguments.is;
import static kvstore.server.net.Arguments.text;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import kvstore.protocol.Reply;
import kvstore.server.config.Secret;

/** Commands about the connection itself: PING ECHO QUIT RESET SELECT HELLO AUTH. */
final class ConnectionCommands {

  private static final Reply PONG = new Reply.Simple("PONG");
  private static final Reply NO_PASSWORD_SET =
      Failures.error(
          "AUTH <password> called without any password configured for the default user. Are you"
              + " sure your configuration is correct?");

  private final Gateway gateway;

  ConnectionCommands(Gateway gateway) {
    this.gateway = gateway;
  }

  void addTo(Map<String, SessionCommand> commands) {
    commands.put("ping", new SessionCommand.Immediate(ConnectionCommands::ping));
    commands.put(
        "echo", new SessionCommand.Immediate((session, arguments) -> new Reply.Bulk(arguments[1])));
    commands.put("select", new SessionCommand.Immediate(ConnectionCommands::select));
    commands.put("quit", ConnectionCommands::quit);
    commands.put("reset", ConnectionCommands::reset);
    commands.put("auth", (session, arguments, slot) -> slot.reply(auth(session, arguments)));
    commands.put("hello", this::hello);
  }

  private static Reply ping(Session session, byte[][] arguments) {
    if (arguments.length > 2) {
      return Failures.wrongArity("ping");
    }
    return arguments.length == 2 ? new Reply.Bulk(arguments[1]) : PONG;
  }

  private static Reply select(Session session, byte[][] arguments) {
    OptionalLong index = Arguments.number(arguments[1]);
    if (index.isEmpty()) {
      return Failures.NOT_AN_INTEGER;
    }
    if (index.getAsLong() == 0) {
      return Reply.OK;
    }
    return Failures.error(
        session.door() == Door.CLUSTER
            ? "SELECT is not allowed in cluster mode"
            : "DB index is out of range");
  }

  private static void quit(Session session, byte[][] arguments, ReplySlot slot) {
    session.connection().stopReading();
    slot.makeLast();
    slot.reply(Reply.OK);
  }

  private static void reset(Session session, byte[][] arguments, ReplySlot slot) {
    session.reset();
    slot.speak(false);
    slot.reply(new Reply.Simple("RESET"));
  }

  private Reply auth(Session session, byte[][] arguments) {
    if (arguments.length > 3) {
      return Failures.SYNTAX;
    }
    boolean named = arguments.length == 3;
    if (!named && !gateway.needsPassword()) {
      return NO_PASSWORD_SET;
    }
    return login(session, named ? text(arguments[1]) : "default", arguments[arguments.length - 1]);
  }

  private Reply login(Session session, String user, byte[] password) {
    Optional<Secret> secret = gateway.options().security().password();
    boolean right = secret.map(value -> value.matches(password)).orElse(true);
    if (!right || !user.equals("default")) {
      return Failures.WRONG_PASSWORD;
    }
    session.authenticate();
    return Reply.OK;
  }

  private void hello(Session session, byte[][] arguments, ReplySlot slot) {
    boolean resp3 = session.isResp3();
    if (arguments.length > 1) {
      OptionalLong version = Arguments.number(arguments[1]);
      if (version.isEmpty()) {
        slot.reply(Failures.error("Protocol version is not an integer or out of range"));
        return;
      }
      if (version.getAsLong() < 2 || version.getAsLong() > 3) {
        slot.reply(new Reply.Failure("NOPROTO unsupported protocol version"));
        return;
      }
      resp3 = version.getAsLong() == 3;
    }
    Optional<Reply> refusal = applyHelloOptions(session, arguments);
    if (refusal.isEmpty() && !session.isAuthenticated()) {
      refusal =
          Optional.of(
              new Reply.Failure(
                  "NOAUTH HELLO must be called with the client already authenticated, otherwise the"
                      + " HELLO <proto> AUTH <user> <pass> option can be used to authenticate the"
                      + " client and select the RESP protocol version at the same time"));
    }
    if (refusal.isPresent()) {
      slot.reply(refusal.get());
      return;
    }
    session.speak(resp3);
    slot.speak(resp3);
    slot.reply(greeting(session));
  }

  private Optional<Reply> applyHelloOptions(Session session, byte[][] arguments) {
    String name = null;
    for (int i = 2; i < arguments.length; i++) {
      int left = arguments.length - i - 1;
      if (is(arguments[i], "auth") && left >= 2) {
        Reply answer = login(session, text(arguments[i + 1]), arguments[i + 2]);
        if (answer != Reply.OK) {
          return Optional.of(answer);
        }
        i += 2;
      } else if (is(arguments[i], "setname") && left >= 1) {
        name = text(arguments[++i]);
        if (!isName(name)) {
          return Optional.of(badName("names"));
        }
      } else {
        return Optional.of(
            Failures.error("Syntax error in HELLO option '" + text(arguments[i]) + "'"));
      }
    }
    if (name != null && session.isAuthenticated()) {
      session.name(name);
    }
    return Optional.empty();
  }

  /** What the server shall be to the client, in Redis's word. */
  static String mode(Session session) {
    return session.door() == Door.CLUSTER ? "cluster" : "standalone";
  }

  private static Reply greeting(Session session) {
    return new Reply.Pairs(
        List.of(
            Reply.bulk("server"),
            Reply.bulk("redis"),
            Reply.bulk("version"),
            Reply.bulk(Versions.REDIS),
            Reply.bulk("proto"),
            new Reply.Int(session.isResp3() ? 3 : 2),
            Reply.bulk("id"),
            new Reply.Int(session.connection().id()),
            Reply.bulk("mode"),
            Reply.bulk(mode(session)),
            Reply.bulk("role"),
            Reply.bulk("master"),
            Reply.bulk("modules"),
            Reply.EMPTY_ARRAY));
  }

  /** Whether a client may be named so: printable ASCII without spaces. */
  static boolean isName(String name) {
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      if (b < '!' || b > '~') {
        return false;
      }
    }
    return true;
  }

  static Reply badName(String what) {
    return Failures.error(
        "Client " + what + " cannot contain spaces, newlines or special characters.");
  }
}
