package kvstore.engine.command;

/** Times of expiry as arguments. */
final class Expiry {

  /** What the number of an expiry argument means. */
  enum Unit {
    SECONDS(1000, false),
    MILLISECONDS(1, false),
    AT_SECONDS(1000, true),
    AT_MILLISECONDS(1, true);

    private final long factor;
    private final boolean absolute;

    Unit(long factor, boolean absolute) {
      this.factor = factor;
      this.absolute = absolute;
    }
  }

  private Expiry() {}

  /**
   * The time of expiry of a value being set, which must be positive.
   *
   * @param command for the error text
   * @return ms since the epoch
   */
  static long positive(byte[] argument, Unit unit, long nowMs, String command) {
    long number = Numbers.parse(argument);
    if (number <= 0) {
      throw invalid(command);
    }
    return absolute(number, unit, nowMs, command);
  }

  /** The time that {@code number} means, which may lie in the past. */
  static long absolute(long number, Unit unit, long nowMs, String command) {
    if (number > Long.MAX_VALUE / unit.factor || number < Long.MIN_VALUE / unit.factor) {
      throw invalid(command);
    }
    long ms = number * unit.factor;
    if (unit.absolute) {
      return ms;
    }
    if (ms > Long.MAX_VALUE - nowMs) {
      throw invalid(command);
    }
    return ms + nowMs;
  }

  private static Refusal invalid(String command) {
    return new Refusal("ERR invalid expire time in '" + command + "' command");
  }
}
