package kvstore.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import kvstore.replication.log.RecoveryHunt;
import kvstore.replication.raft.SnapshotHunt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A simulation that finds nothing proves little unless it finds what is there. Those that take long
 * to find are left to {@code bench/simulate --mutations}.
 */
class MutationTest {

  private static final long LAST_SEED = 150;

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"BATCHER_TAKES_UNKNOWN_FOR_FAILED", "BELIEVES_OLD_TERMS"})
  void theBugIsFound(Mutation mutation) throws Exception {
    Mutation.Found found = mutation.hunt(1, LAST_SEED, mutation.scenario());
    System.out.printf(
        Locale.ROOT,
        "%s: seed %d, %.1f s: %s%n",
        mutation,
        found.seed(),
        found.seconds(),
        found.violation());
    assertThat(found.seed()).as(mutation + " within " + LAST_SEED + " seeds").isPositive();
  }

  /** Without a bug they find none: what they call one is one. */
  @Test
  void whatIsNotSimulatedIsSound() {
    for (long seed = 1; seed <= LAST_SEED; seed++) {
      assertThat(RecoveryHunt.violationOf(seed, null)).as("seed " + seed).isNull();
      assertThat(SnapshotHunt.violationOf(seed, null)).as("seed " + seed).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"COMING_BACK", "LOST_PARENTS"})
  void withoutABugTheScenarioIsSound(Scenario scenario) {
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(Simulation.violationOf(seed, scenario.name())).as("seed " + seed).isNull();
    }
  }
}
