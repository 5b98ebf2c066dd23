package kvstore.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A simulation that finds nothing proves little unless it finds what is there. Those that take long
 * to find are left to {@code bench/simulate --mutations}.
 */
class MutationTest {

  private static final long LAST_SEED = 100;

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "BATCHER_TAKES_UNKNOWN_FOR_FAILED",
        "BELIEVES_OLD_TERMS",
        "CHILD_OPENED_EMPTY",
        "LEAVES_WITHOUT_MEMORY"
      })
  void theBugIsFound(Mutation mutation) throws Exception {
    Mutation.Found found = mutation.hunt(1, LAST_SEED, mutation.scenario());
    assertThat(found.seed()).as(mutation + " within " + LAST_SEED + " seeds").isPositive();
  }
}
