package kvstore.server.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as an operator writes them: {@code 500ms}, {@code 5s}, {@code 10m}, {@code 0}. */
final class Durations {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,12})\\s*([a-z]*)");
  private static final Map<String, Duration> UNITS =
      Map.of(
          "us", Duration.ofNanos(1_000),
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  private Durations() {}

  static Duration parse(String text) {
    if (text.strip().equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = TEXT.matcher(text.strip());
    Duration unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
    if (unit == null) {
      throw new IllegalArgumentException("not a duration: " + text);
    }
    return unit.multipliedBy(Long.parseLong(matcher.group(1)));
  }

  /** In the largest unit that loses nothing; {@link #parse} reads it back. */
  static String format(Duration duration) {
    if (duration.isZero()) {
      return "0";
    }
    long micros = duration.toNanos() / 1_000;
    String[] names = {"us", "ms", "s", "m", "h", "d"};
    long[] factors = {1_000, 1_000, 60, 60, 24};
    int unit = 0;
    while (unit < factors.length && micros % factors[unit] == 0) {
      micros /= factors[unit];
      unit++;
    }
    return micros + names[unit];
  }
}
