package kvstore.tools.stress.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * One axis of a chart.
 *
 * @param logarithmic whether equal distances are equal factors; both ends are above zero then
 */
public record Axis(double min, double max, boolean logarithmic, List<Tick> ticks) {

  public record Tick(double value, String label) {}

  private static final int USUAL_TICKS = 5;

  /** Where a value stands: 0 at the lower end, 1 at the upper; held within both. */
  public double position(double value) {
    double held = Math.min(Math.max(value, min), max);
    double position =
        logarithmic ? Math.log(held / min) / Math.log(max / min) : (held - min) / (max - min);
    return Math.min(Math.max(position, 0), 1);
  }

  /** From zero to a round number from {@code highest} on. */
  public static Axis fromZero(double highest, DoubleFunction<String> label) {
    double step = roundStep(Math.max(highest, 1e-9) / USUAL_TICKS);
    List<Tick> ticks = new ArrayList<>();
    int count = (int) Math.max(1, Math.ceil(highest / step - 1e-9));
    for (int i = 0; i <= count; i++) {
      ticks.add(new Tick(i * step, label.apply(i * step)));
    }
    return new Axis(0, count * step, false, ticks);
  }

  /** From zero to exactly {@code end}. */
  public static Axis seconds(double end) {
    double step = roundStep(Math.max(end, 1e-3) / 10);
    List<Tick> ticks = new ArrayList<>();
    // the last interval may be a little short of a round number
    for (int i = 0; i * step <= end * 1.005; i++) {
      ticks.add(new Tick(i * step, plain(i * step) + " s"));
    }
    return new Axis(0, Math.max(end, 1e-3), false, ticks);
  }

  /** Times in µs, by 1, 2, 5 and their tens around both values. */
  static Axis times(double least, double most) {
    double low = roundDown(Math.max(least, 1));
    double high = Math.max(most, low * 2);
    List<Tick> ticks = new ArrayList<>();
    double end = low;
    boolean fewer = high / low > 2_000;
    for (double value = low; ; value = next(value)) {
      end = value;
      if (!fewer || leading(value) == 1) {
        ticks.add(new Tick(value, time(value)));
      }
      if (value >= high * (1 - 1e-9)) {
        break;
      }
    }
    return new Axis(low, end, true, ticks);
  }

  /** Percentiles, by the nines: 90 %, 99 %, 99.9 % at equal distances. */
  static Axis percentiles(double highest) {
    double end = Math.max(nines(highest), 2);
    List<Tick> ticks = new ArrayList<>();
    ticks.add(new Tick(0, "0 %"));
    ticks.add(new Tick(nines(50), "50 %"));
    String[] labels = {"90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"};
    for (int i = 0; i < labels.length && i + 1 <= end + 1e-9; i++) {
      ticks.add(new Tick(i + 1.0, labels[i]));
    }
    return new Axis(0, end, false, ticks);
  }

  /** How many nines a percentile has: 0 for 0, 1 for 90, 2 for 99. */
  static double nines(double percentile) {
    return -Math.log10(1 - Math.min(percentile, 99.999_999) / 100);
  }

  static String plain(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.4f", value).replaceAll("0+$", "");
  }

  /** A number of µs with the unit that suits it. */
  static String time(double micros) {
    if (micros < 1_000) {
      return plain(Math.round(micros)) + " µs";
    }
    return micros < 1e6 ? plain(three(micros / 1e3)) + " ms" : plain(three(micros / 1e6)) + " s";
  }

  static double three(double value) {
    double unit = Math.pow(10, Math.floor(Math.log10(Math.max(value, 1e-9))) - 2);
    double rounded = Math.round(value / unit) * unit;
    return Math.round(rounded * 1e6) / 1e6;
  }

  private static double roundStep(double least) {
    double step = roundDown(least);
    return step >= least * (1 - 1e-9) ? step : next(step);
  }

  private static double roundDown(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value) + 1e-12));
    double leading = value / power;
    return (leading >= 5 ? 5 : leading >= 2 ? 2 : 1) * power;
  }

  private static long leading(double value) {
    return Math.round(value / Math.pow(10, Math.floor(Math.log10(value) + 1e-9)));
  }

  /** The next in 1, 2, 5, 10, 20, … */
  private static double next(double value) {
    return leading(value) == 2 ? value * 2.5 : value * 2;
  }
}
