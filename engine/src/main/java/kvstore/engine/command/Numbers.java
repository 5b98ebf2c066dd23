package kvstore.engine.command;

import java.nio.charset.StandardCharsets;

/** Integers as Redis reads and writes them: no sign but minus, no leading zeros, no blanks. */
final class Numbers {
  private static final int MAX_DIGITS = 20;

  private Numbers() {}

  static boolean isLong(byte[] data, int offset, int length) {
    return length > 0
        && length <= MAX_DIGITS
        && shape(data, offset, length)
        && inRange(data, offset, length);
  }

  private static boolean shape(byte[] data, int offset, int length) {
    int first = data[offset] == '-' ? 1 : 0;
    if (first == length) {
      return false;
    }
    if (data[offset + first] == '0') {
      return length == 1;
    }
    for (int i = first; i < length; i++) {
      byte digit = data[offset + i];
      if (digit < '0' || digit > '9') {
        return false;
      }
    }
    return true;
  }

  /** The limits have 19 digits. */
  private static boolean inRange(byte[] data, int offset, int length) {
    boolean negative = data[offset] == '-';
    int digits = negative ? length - 1 : length;
    if (digits < 19) {
      return true;
    }
    if (digits > 19) {
      return false;
    }
    String limit = negative ? "9223372036854775808" : "9223372036854775807";
    int start = negative ? offset + 1 : offset;
    for (int i = 0; i < digits; i++) {
      int difference = data[start + i] - limit.charAt(i);
      if (difference != 0) {
        return difference < 0;
      }
    }
    return true;
  }

  /** Parses what {@link #isLong} accepts. */
  private static long value(byte[] data, int offset, int length) {
    boolean negative = data[offset] == '-';
    long value = 0;
    for (int i = negative ? 1 : 0; i < length; i++) {
      value = value * 10 - (data[offset + i] - '0');
    }
    return negative ? value : -value;
  }

  static long parse(byte[] data, int offset, int length, String refusal) {
    if (!isLong(data, offset, length)) {
      throw new Refusal(refusal);
    }
    return value(data, offset, length);
  }

  static long parse(byte[] argument) {
    return parse(argument, 0, argument.length, Refusal.NOT_AN_INTEGER);
  }

  static long parse(byte[] argument, String refusal) {
    return parse(argument, 0, argument.length, refusal);
  }

  static long parse(Value value) {
    return parse(value.data(), value.offset(), value.length(), Refusal.NOT_AN_INTEGER);
  }

  static byte[] format(long value) {
    return Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * A cursor as C's {@code strtoul} takes it: unsigned, nothing is 0, and a minus wraps around.
   *
   * @throws Refusal if it is anything else
   */
  static long parseCursor(byte[] argument) {
    boolean signed = argument.length > 0 && (argument[0] == '-' || argument[0] == '+');
    if (argument.length == 0) {
      return 0;
    }
    int start = signed ? 1 : 0;
    String digits =
        new String(argument, start, argument.length - start, StandardCharsets.ISO_8859_1);
    try {
      if (!digits.isEmpty() && Character.digit(digits.charAt(0), 10) >= 0) {
        long cursor = Long.parseUnsignedLong(digits);
        return argument[0] == '-' ? -cursor : cursor;
      }
    } catch (NumberFormatException e) {
      throw new Refusal("ERR invalid cursor");
    }
    throw new Refusal("ERR invalid cursor");
  }
}
