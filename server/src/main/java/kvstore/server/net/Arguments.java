package kvstore.server.net;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;

/** Arguments of session commands as what they mean. */
final class Arguments {

  private Arguments() {}

  static String text(byte[] argument) {
    return new String(argument, StandardCharsets.UTF_8);
  }

  static String lower(byte[] argument) {
    return text(argument).toLowerCase(Locale.ROOT);
  }

  static boolean is(byte[] argument, String word) {
    return text(argument).equalsIgnoreCase(word);
  }

  /** The whole number that the argument is, if it is one. */
  static OptionalLong number(byte[] argument) {
    try {
      return OptionalLong.of(Long.parseLong(text(argument)));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
