package kvstore.tools.shell;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** First words that the shell answers itself. */
enum LocalWord {
  HELP,
  QUIT,
  CLEAR;

  /** The one a line begins with, or null for a command of the server. */
  static @Nullable LocalWord of(byte[][] words) {
    return switch (text(words[0]).toLowerCase(Locale.ROOT)) {
      case "help", "?" -> HELP;
      case "quit", "exit" -> words.length == 1 ? QUIT : null;
      case "clear" -> words.length == 1 ? CLEAR : null;
      default -> null;
    };
  }

  /** What {@link #HELP} says. */
  static String help(byte[][] words) {
    return CommandHelp.of(rest(words));
  }

  private static List<String> rest(byte[][] words) {
    return Arrays.stream(words).skip(1).map(LocalWord::text).toList();
  }

  private static String text(byte[] word) {
    return new String(word, StandardCharsets.UTF_8);
  }
}
