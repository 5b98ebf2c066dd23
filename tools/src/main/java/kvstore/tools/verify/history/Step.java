package kvstore.tools.verify.history;

import org.jspecify.annotations.Nullable;

/**
 * One command on one key of an object.
 *
 * @param key which of the object's keys, from 0
 * @param value what is written or appended; empty if nothing is
 * @param expected what CAS and CAD compare with; empty for others
 */
public record Step(Kind kind, int key, String value, String expected) {

  /** The commands whose effects are modelled. */
  public enum Kind {
    GET(false),
    SET(true),
    /** SET with the option NX. */
    SET_NX(true),
    CAS(true),
    CAD(true),
    DEL(true),
    INCR(true),
    APPEND(true);

    private final boolean writes;

    Kind(boolean writes) {
      this.writes = writes;
    }

    public boolean writes() {
      return writes;
    }
  }

  /** The reply that means that there is nothing. */
  public static final String NIL = "(nil)";

  public static final String OK = "OK";

  /** INCR's reply to a value that is no number. */
  public static final String NOT_AN_INTEGER = "(not an integer)";

  private static final int LONGEST_NUMBER = 18;

  public static Step get(int key) {
    return new Step(Kind.GET, key, "", "");
  }

  public static Step set(int key, String value) {
    return new Step(Kind.SET, key, value, "");
  }

  public static Step setIfAbsent(int key, String value) {
    return new Step(Kind.SET_NX, key, value, "");
  }

  public static Step compareAndSet(int key, String expected, String value) {
    return new Step(Kind.CAS, key, value, expected);
  }

  public static Step compareAndDelete(int key, String expected) {
    return new Step(Kind.CAD, key, "", expected);
  }

  public static Step delete(int key) {
    return new Step(Kind.DEL, key, "", "");
  }

  public static Step increment(int key) {
    return new Step(Kind.INCR, key, "", "");
  }

  public static Step append(int key, String value) {
    return new Step(Kind.APPEND, key, value, "");
  }

  /** What the store would reply, as text. */
  String reply(@Nullable String before) {
    return switch (kind) {
      case GET -> before == null ? NIL : before;
      case SET -> OK;
      case SET_NX -> before == null ? OK : NIL;
      case CAS, CAD -> before == null ? "-1" : before.equals(expected) ? "1" : "0";
      case DEL -> before == null ? "0" : "1";
      case INCR -> {
        String after = incremented(before);
        yield after == null ? NOT_AN_INTEGER : after;
      }
      case APPEND -> Integer.toString((before == null ? 0 : before.length()) + value.length());
    };
  }

  /** What the key holds afterwards; null for nothing. */
  @Nullable String after(@Nullable String before) {
    return switch (kind) {
      case GET -> before;
      case SET -> value;
      case SET_NX -> before == null ? value : before;
      case CAS -> expected.equals(before) ? value : before;
      case CAD -> expected.equals(before) ? null : before;
      case DEL -> null;
      case INCR -> {
        String after = incremented(before);
        yield after == null ? before : after;
      }
      case APPEND -> before == null ? value : before + value;
    };
  }

  private static @Nullable String incremented(@Nullable String before) {
    if (before == null) {
      return "1";
    }
    if (before.isEmpty() || before.length() > LONGEST_NUMBER) {
      return null;
    }
    for (int i = 0; i < before.length(); i++) {
      char c = before.charAt(i);
      if (c < '0' || c > '9' || (i == 0 && c == '0' && before.length() > 1)) {
        return null;
      }
    }
    return Long.toString(Long.parseLong(before) + 1);
  }

  /** As one would type it. */
  String text(String name) {
    return switch (kind) {
      case GET, DEL, INCR -> kind + " " + name;
      case SET, APPEND -> kind + " " + name + " " + shown(value);
      case SET_NX -> "SET " + name + " " + shown(value) + " NX";
      case CAS -> "CAS " + name + " " + shown(expected) + " " + shown(value);
      case CAD -> "CAD " + name + " " + shown(expected);
    };
  }

  /** Long values by their ends: appended values tell by their last part. */
  static String shown(String value) {
    return value.length() <= 40
        ? value
        : value.substring(0, 8)
            + "…"
            + value.substring(value.length() - 24)
            + " ("
            + value.length()
            + " characters)";
  }
}
