package kvstore.tools.stress;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** How often which key is used. */
enum Distribution {
  UNIFORM {
    @Override
    KeyChooser over(int keys) {
      return random -> random.nextInt(keys);
    }
  },

  /** Rank r is used in proportion to 1 / r^0.99, so that few keys get most of the requests. */
  ZIPFIAN {
    @Override
    KeyChooser over(int keys) {
      double[] cumulative = new double[keys];
      double sum = 0;
      for (int rank = 0; rank < keys; rank++) {
        sum += Math.pow(rank + 1, -EXPONENT);
        cumulative[rank] = sum;
      }
      double total = sum;
      return random -> {
        int found = Arrays.binarySearch(cumulative, random.nextDouble() * total);
        return Math.min(found < 0 ? -found - 1 : found + 1, keys - 1);
      };
    }
  };

  private static final double EXPONENT = 0.99;

  /** Chooses from 0 to {@code keys - 1}; 0 is the most popular. Stateless: for any thread. */
  abstract KeyChooser over(int keys);

  /** One choice after the other. */
  interface KeyChooser {
    int next(RandomGenerator random);
  }
}
