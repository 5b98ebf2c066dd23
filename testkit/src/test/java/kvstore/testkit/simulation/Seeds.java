package kvstore.testkit.simulation;

/** Ranges of seeds, as one writes them. */
final class Seeds {

  private Seeds() {}

  /** First and last of {@code FIRST..LAST}, or of a single seed. */
  static long[] parse(String text) {
    String[] ends = text.split("\\.\\.", 2);
    long first = Long.parseLong(ends[0]);
    return new long[] {first, ends.length == 1 ? first : Long.parseLong(ends[1])};
  }

  /**
   * @param options of the run, before its seeds: a seed whose scenario is told runs otherwise than
   *     one that chooses the same by itself
   */
  static String failure(Simulation.Result result, String options) {
    return "seed "
        + result.seed()
        + " ("
        + result.scenario()
        + ") after "
        + result.steps()
        + " steps: "
        + result.violation()
        + "\nagain: bench/simulate "
        + options
        + "--seeds "
        + result.seed();
  }
}
