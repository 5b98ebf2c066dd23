package kvstore.tools.stress.report;

import java.util.Locale;

/** Figures as a person reads them. */
final class Words {

  private Words() {}

  /** µs as ms, in three digits or so. */
  static String millis(double micros) {
    double millis = micros / 1e3;
    String format = millis < 1 ? "%.3f ms" : millis < 10 ? "%.2f ms" : "%,.1f ms";
    return String.format(Locale.ROOT, format, millis);
  }

  static String bytes(double bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double count = bytes;
    while (count >= 1024 && unit < units.length - 1) {
      count /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", count, units[unit]);
  }

  static String load(Report.Parameters asked) {
    return String.format(
        Locale.ROOT,
        "%d clients, pipeline %d, %s, %s, %.0f %% reads",
        asked.clients(),
        asked.pipeline(),
        asked.requests() == null
            ? String.format(Locale.ROOT, "%.1f s", asked.durationSeconds())
            : String.format(Locale.ROOT, "%,d requests", asked.requests()),
        asked.rate() == null
            ? "as fast as replies come"
            : String.format(Locale.ROOT, "%,.0f requests a second on schedule", asked.rate()),
        asked.reads() * 100);
  }

  static String keys(Report.Parameters asked) {
    return String.format(
        Locale.ROOT,
        "%,d with values of %,d bytes, %s",
        asked.keys(),
        asked.valueBytes(),
        asked.distribution());
  }
}
