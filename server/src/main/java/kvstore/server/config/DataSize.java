package kvstore.server.config;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes; units are powers of 1024. */
public record DataSize(long bytes) implements Comparable<DataSize> {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,18})\\s*([a-zA-Z]*)");
  private static final Map<String, Integer> SHIFTS =
      Map.ofEntries(
          Map.entry("", 0),
          Map.entry("b", 0),
          Map.entry("k", 10),
          Map.entry("kb", 10),
          Map.entry("kib", 10),
          Map.entry("m", 20),
          Map.entry("mb", 20),
          Map.entry("mib", 20),
          Map.entry("g", 30),
          Map.entry("gb", 30),
          Map.entry("gib", 30),
          Map.entry("t", 40),
          Map.entry("tb", 40),
          Map.entry("tib", 40));

  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("expected a size of at least 0 bytes, but got " + bytes);
    }
  }

  public static DataSize kibibytes(long count) {
    return new DataSize(count << 10);
  }

  public static DataSize mebibytes(long count) {
    return new DataSize(count << 20);
  }

  /**
   * Reads {@code 512}, {@code 64KiB}, {@code 64k}, {@code 1gb}, in any case.
   *
   * @throws IllegalArgumentException if the text is none of these or does not fit 63 bits
   */
  public static DataSize parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    Integer shift =
        matcher.matches() ? SHIFTS.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
    if (shift == null) {
      throw new IllegalArgumentException("not a size: " + text);
    }
    long count = Long.parseLong(matcher.group(1));
    if (count > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException("too large: " + text);
    }
    return new DataSize(count << shift);
  }

  /** The bytes as an int, at most {@link Integer#MAX_VALUE}. */
  public int toInt() {
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  @Override
  public int compareTo(DataSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** In the largest unit that loses nothing; {@link #parse} reads it back. */
  @Override
  public String toString() {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    long count = bytes;
    while (unit < units.length - 1 && count != 0 && (count & 1023) == 0) {
      count >>= 10;
      unit++;
    }
    return count + units[unit];
  }
}
