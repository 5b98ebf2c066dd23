package kvstore.server.net;

import java.nio.charset.StandardCharsets;
import kvstore.protocol.Reply;
import kvstore.server.router.Unavailable;

/** The words of every error that is not a command's own; clients match on many of them. */
final class Failures {

  static final Reply NO_AUTH = new Reply.Failure("NOAUTH Authentication required.");
  static final Reply WRONG_PASSWORD =
      new Reply.Failure("WRONGPASS invalid username-password pair or user is disabled.");
  static final Reply SYNTAX = new Reply.Failure("ERR syntax error");
  static final Reply NOT_AN_INTEGER =
      new Reply.Failure("ERR value is not an integer or out of range");
  static final Reply EXEC_ABORT =
      new Reply.Failure("EXECABORT Transaction discarded because of previous errors.");
  static final Reply TOO_MANY_CLIENTS = new Reply.Failure("ERR max number of clients reached");

  static final Reply HOLDS_TOO_MUCH =
      new Reply.Failure(
          "OOM not applied, and the connection is closed: clients make this node hold too much in"
              + " requests that have come in part, and this one much for long");

  private static final Reply OVERLOADED =
      new Reply.Failure("TRYAGAIN not applied: too much waits here already; slow down");

  private static final int MOST_SHOWN = 128;

  private Failures() {}

  static Reply of(Unavailable reason) {
    return switch (reason) {
      case NOT_APPLIED ->
          new Reply.Failure("TRYAGAIN not applied: this part of the data changes its leader");
      case NO_MAJORITY ->
          new Reply.Failure(
              "CLUSTERDOWN not applied: no majority of the nodes was reachable in time");
      case OUTCOME_UNKNOWN ->
          new Reply.Failure(
              "UNKNOWN the command may have been applied or not: its leader was lost, or did not answer"
                  + " in time");
      case OUT_OF_MEMORY ->
          new Reply.Failure("OOM not applied: too many bytes wait here already; slow down");
      case NO_SPACE -> new Reply.Failure("NOSPACE not applied: the disk is full");
      case IO_ERROR -> new Reply.Failure("IOERR not applied: the disk failed");
      case OVERLOADED -> OVERLOADED;
    };
  }

  static Reply error(String sentence) {
    return new Reply.Failure("ERR " + oneLine(sentence));
  }

  static Reply unknownCommand(byte[][] arguments) {
    StringBuilder shown = new StringBuilder();
    for (int i = 1; i < arguments.length && shown.length() < MOST_SHOWN; i++) {
      String argument = text(arguments[i], MOST_SHOWN - shown.length());
      shown.append('\'').append(argument).append("' ");
    }
    return error(
        "unknown command '"
            + text(arguments[0], MOST_SHOWN)
            + "', with args beginning with: "
            + shown);
  }

  static Reply unknownSubcommand(String container, byte[] name) {
    return error(
        "unknown subcommand '"
            + text(name, MOST_SHOWN)
            + "'. Try "
            + container.toUpperCase(java.util.Locale.ROOT)
            + " HELP.");
  }

  /** {@code name} as {@code get}, or {@code client|kill} for a subcommand. */
  static Reply wrongArity(String name) {
    return error("wrong number of arguments for '" + name + "' command");
  }

  static Reply protocolError(String sentence) {
    return error("Protocol error: " + sentence);
  }

  private static String text(byte[] bytes, int most) {
    return new String(bytes, 0, Math.min(bytes.length, most), StandardCharsets.UTF_8);
  }

  private static String oneLine(String sentence) {
    return sentence.replace('\r', ' ').replace('\n', ' ');
  }
}
