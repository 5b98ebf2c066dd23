package kvstore.engine.command;

import java.nio.charset.StandardCharsets;

/** Option words of commands, in any case. */
final class Words {
  private Words() {}

  /**
   * @param word lower-case ASCII
   */
  static boolean is(byte[] argument, String word) {
    int length = word.length();
    if (argument.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(argument[i]) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }

  static String text(byte[] argument) {
    return new String(argument, StandardCharsets.UTF_8);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
