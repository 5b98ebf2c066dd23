package kvstore.tools.stress;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** How a person writes lengths of time, sizes and proportions. */
public final class OptionText {

  private static final Pattern TIME = Pattern.compile("(\\d+)(ms|s|m|h)");
  private static final Pattern SIZE = Pattern.compile("(\\d+)([km]?)(?:i?b)?");
  private static final Pattern RATIO = Pattern.compile("(\\d{1,9})[:/](\\d{1,9})");

  private OptionText() {}

  /** Such as 500ms, 10s, 2m or 1h. */
  public static Duration duration(String text) {
    Matcher matcher = TIME.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new TypeConversionException("expected a time such as 10s or 2m, got '" + text + "'");
    }
    long count = number(matcher.group(1), text);
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }

  /** Such as 128, 4k or 1MiB. */
  static int bytes(String text) {
    Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new TypeConversionException("expected a size such as 128 or 4k, got '" + text + "'");
    }
    long factor =
        switch (matcher.group(2)) {
          case "k" -> 1L << 10;
          case "m" -> 1L << 20;
          default -> 1;
        };
    return (int) Math.min(number(matcher.group(1), text) * factor, Integer.MAX_VALUE);
  }

  /** The share of the first of two numbers, such as 0.75 for 3:1. */
  static double share(String text) {
    Matcher matcher = RATIO.matcher(text);
    if (matcher.matches()) {
      long reads = Long.parseLong(matcher.group(1));
      long writes = Long.parseLong(matcher.group(2));
      if (reads + writes > 0) {
        return (double) reads / (reads + writes);
      }
    }
    throw new TypeConversionException(
        "expected reads:writes such as 1:1 or 9:1, got '" + text + "'");
  }

  static Distribution distribution(String text) {
    for (Distribution distribution : Distribution.values()) {
      if (distribution.name().equalsIgnoreCase(text)) {
        return distribution;
      }
    }
    throw new TypeConversionException("expected uniform or zipfian, got '" + text + "'");
  }

  private static long number(String digits, String text) {
    if (digits.length() > 9) {
      throw new TypeConversionException("expected less than '" + text + "'");
    }
    return Long.parseLong(digits);
  }
}
