package kvstore.tools.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import kvstore.tools.stress.Distribution.KeyChooser;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DistributionTest {

  private static final int DRAWS = 200_000;

  @Property(tries = 200)
  void everyChoiceIsAKey(
      @ForAll Distribution distribution,
      @ForAll @IntRange(min = 1, max = 5_000) int keys,
      @ForAll long seed) {
    KeyChooser chooser = distribution.over(keys);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      assertThat(chooser.next(random)).isBetween(0, keys - 1);
    }
  }

  @Test
  void zipfianChoosesRankRInProportionToItsInverse() {
    int[] counts = draw(Distribution.ZIPFIAN, 1_000);
    for (int rank : new int[] {2, 4, 8, 16, 32}) {
      double ratio = (double) counts[0] / counts[rank - 1];
      assertThat(ratio).isCloseTo(Math.pow(rank, 0.99), within(0.15));
    }
    assertThat(counts[999]).isPositive();
  }

  private static org.assertj.core.data.Percentage within(double share) {
    return org.assertj.core.data.Percentage.withPercentage(share * 100);
  }

  @Test
  void uniformChoosesAllAlike() {
    for (int count : draw(Distribution.UNIFORM, 20)) {
      assertThat((double) count).isCloseTo(DRAWS / 20.0, within(0.05));
    }
  }

  private static int[] draw(Distribution distribution, int keys) {
    KeyChooser chooser = distribution.over(keys);
    SplittableRandom random = new SplittableRandom(3);
    int[] counts = new int[keys];
    for (int i = 0; i < DRAWS; i++) {
      counts[chooser.next(random)]++;
    }
    return counts;
  }
}
