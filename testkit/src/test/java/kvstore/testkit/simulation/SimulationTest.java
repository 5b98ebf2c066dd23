package kvstore.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The short form of {@code bench/simulate}; {@code -Dkvstore.simulation.seeds=FIRST..LAST} chooses
 * other seeds.
 */
class SimulationTest {

  private static final String SEEDS = System.getProperty("kvstore.simulation.seeds", "1..50");

  @Test
  void noSeedFindsAViolation() {
    long[] seeds = Seeds.parse(SEEDS);
    int answered = 0;
    int splits = 0;
    int moves = 0;
    for (long seed = seeds[0]; seed <= seeds[1]; seed++) {
      Simulation.Result result = Simulation.run(seed);
      assertThat(result.violation()).as(() -> Seeds.failure(result, "")).isNull();
      answered += result.answered();
      splits += result.splits();
      moves += result.moves();
    }
    assertThat(answered).isPositive();
    assertThat(splits).isPositive();
    assertThat(moves).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void noScenarioFindsAViolation(Scenario scenario) {
    for (long seed = 1; seed <= 5; seed++) {
      Simulation.Result result = Simulation.run(seed, scenario, Mutant.NONE);
      assertThat(result.violation()).as(() -> Seeds.failure(result, "")).isNull();
    }
  }

  @Test
  void aSeedAlwaysGivesTheSameRun() {
    for (long seed = 1; seed <= 5; seed++) {
      assertThat(Simulation.run(seed)).isEqualTo(Simulation.run(seed));
    }
  }
}
