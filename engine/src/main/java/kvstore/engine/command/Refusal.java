package kvstore.engine.command;

/**
 * Ends a command with an error reply. Thrown before anything was changed; without a stack, since it
 * is the client's doing and may come often. Never leaves {@link Command}.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  static final String SYNTAX = "ERR syntax error";
  static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
  static final String NOT_A_FLOAT = "ERR value is not a valid float";
  static final String WRONG_TYPE =
      "WRONGTYPE Operation against a key holding the wrong kind of value";
  static final String TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
  static final String NO_SUCH_KEY = "ERR no such key";

  public Refusal(String message) {
    super(message, null, false, false);
  }

  static Refusal syntax() {
    return new Refusal(SYNTAX);
  }

  static Refusal arity(Operation operation) {
    return new Refusal(
        "ERR wrong number of arguments for '" + operation.commandName() + "' command");
  }

  Outcome.Refused outcome() {
    String message = getMessage();
    return new Outcome.Refused(message == null ? "ERR" : message);
  }
}
