package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import kvstore.testkit.simulation.Simulation.Result;
import org.jspecify.annotations.Nullable;

/** Runs seeds one after the other: {@code bench/simulate --seeds 1..10000}. */
public final class SimulationMain {

  private final Map<String, Integer> scenarios = new TreeMap<>();
  private long seeds;
  private long steps;
  private long answered;
  private long unknown;
  private long refused;
  private long splits;
  private long moves;
  private long trace;
  private int found;
  private String options = "";

  private SimulationMain() {}

  /**
   * @param arguments {@code --seeds FIRST..LAST}, or one seed; before it {@code --keep-going}, that
   *     the first violation does not end the run, and {@code --scenario NAME}, that all seeds see
   *     that harm; or {@code --mutations}, the last seed to hunt with, and part of the name of
   *     those to hunt
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals("--mutations")) {
      hunt(
          arguments.length > 1 ? Long.parseLong(arguments[1]) : 2_000,
          arguments.length > 2 ? arguments[2] : "");
      return;
    }
    List<String> left = new ArrayList<>(List.of(arguments));
    boolean keepsGoing = left.remove("--keep-going");
    Scenario scenario = scenario(left);
    if (left.size() != 2 || !left.get(0).equals("--seeds")) {
      System.err.println(
          "expected [--keep-going] [--scenario NAME] --seeds FIRST..LAST,"
              + " or --mutations [LAST [NAME]], NAME one of "
              + Arrays.toString(Scenario.values()));
      System.exit(2);
    }
    long[] range = Seeds.parse(left.get(1));
    SimulationMain all = new SimulationMain();
    all.options = scenario == null ? "" : "--scenario " + scenario + " ";
    long start = System.nanoTime();
    for (long seed = range[0]; seed <= range[1] && (keepsGoing || all.found == 0); seed++) {
      all.add(Simulation.run(seed, scenario, Mutant.NONE));
    }
    all.print((System.nanoTime() - start) / 1e9);
    System.exit(all.found == 0 ? 0 : 1);
  }

  /** The one that the arguments name, taken out of them; null if they name none. */
  private static @Nullable Scenario scenario(List<String> arguments) {
    int at = arguments.indexOf("--scenario");
    if (at < 0 || at + 1 == arguments.size()) {
      return null;
    }
    arguments.remove(at);
    String name = arguments.remove(at);
    return Scenario.valueOf(name);
  }

  private static void hunt(long last, String only) throws Exception {
    boolean all = true;
    for (Mutation mutation : Mutation.values()) {
      if (!mutation.name().contains(only)) {
        continue;
      }
      Mutation.Found any = mutation.hunt(1, last, null);
      Mutation.Found aimed =
          mutation.isSimulated() ? mutation.hunt(1, last, mutation.scenario()) : any;
      all &= any.seed() > 0;
      System.out.printf(
          Locale.ROOT,
          "| `%s` | %s | %s: %s | %s |%n",
          mutation,
          text(any),
          mutation.isSimulated() ? mutation.scenario() : mutation.hunter().getSimpleName(),
          text(aimed),
          String.valueOf(any.violation()).lines().findFirst().orElse(""));
    }
    System.exit(all ? 0 : 1);
  }

  private static String text(Mutation.Found found) {
    return found.seed() == 0
        ? String.format(Locale.ROOT, "not found, %.1f s", found.seconds())
        : String.format(Locale.ROOT, "seed %d, %.1f s", found.seed(), found.seconds());
  }

  private void add(Result result) {
    seeds++;
    if (result.violation() != null) {
      found++;
      System.out.println(Seeds.failure(result, options));
    }
    scenarios.merge(result.scenario(), 1, Integer::sum);
    steps += result.steps();
    answered += result.answered();
    unknown += result.unknown();
    refused += result.refused();
    splits += result.splits();
    moves += result.moves();
    trace = trace * 31 + result.trace();
  }

  private void print(double seconds) {
    System.out.printf(
        Locale.ROOT,
        "%d seeds, %d with a violation; %d steps; operations: %d answered, %d unknown, %d refused;"
            + " %d splits, %d replicas moved; %s; trace %016x; %.1f s%n",
        seeds,
        found,
        steps,
        answered,
        unknown,
        refused,
        splits,
        moves,
        scenarios,
        trace,
        seconds);
  }
}
