package kvstore.testkit.simulation;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import kvstore.testkit.simulation.Simulation.Result;

/** Runs seeds one after the other: {@code bench/simulate --seeds 1..10000}. */
public final class SimulationMain {

  private SimulationMain() {}

  /**
   * @param arguments {@code --seeds FIRST..LAST}, or one seed
   */
  public static void main(String[] arguments) {
    if (arguments.length != 2 || !arguments[0].equals("--seeds")) {
      System.err.println("expected --seeds FIRST..LAST");
      System.exit(2);
    }
    long[] seeds = Seeds.parse(arguments[1]);
    long start = System.nanoTime();
    Map<String, Integer> scenarios = new TreeMap<>();
    long steps = 0;
    long answered = 0;
    long unknown = 0;
    long refused = 0;
    for (long seed = seeds[0]; seed <= seeds[1]; seed++) {
      Result result = Simulation.run(seed);
      if (result.violation() != null) {
        System.out.println(Seeds.failure(result));
        System.exit(1);
      }
      scenarios.merge(result.scenario(), 1, Integer::sum);
      steps += result.steps();
      answered += result.answered();
      unknown += result.unknown();
      refused += result.refused();
    }
    System.out.printf(
        Locale.ROOT,
        "%d seeds (%d..%d), no violation: %d steps, operations %d answered, %d unknown, %d refused; %s; %.1f s%n",
        seeds[1] - seeds[0] + 1,
        seeds[0],
        seeds[1],
        steps,
        answered,
        unknown,
        refused,
        scenarios,
        (System.nanoTime() - start) / 1e9);
  }
}
