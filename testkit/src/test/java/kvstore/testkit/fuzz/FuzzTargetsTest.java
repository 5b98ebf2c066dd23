package kvstore.testkit.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The short form of {@code bench/fuzz}: each target reads its seeds, and some thousands of inputs
 * made of them at random. {@code -Dfuzz.runs} and {@code -Dfuzz.seed} change the run.
 */
class FuzzTargetsTest {

  private static final int RUNS = Integer.getInteger("fuzz.runs", 4_000);
  private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
  private static final int MOST_CHANGES = 4;

  @TestFactory
  Stream<DynamicTest> everyTargetKeepsItsContractOnDamagedInput() {
    return FuzzTargets.ALL.stream()
        .map(target -> DynamicTest.dynamicTest(target.name(), () -> fuzz(target)));
  }

  private static void fuzz(FuzzTarget target) throws Exception {
    List<byte[]> seeds = target.seeds();
    for (byte[] seed : seeds) {
      run(target, seed);
    }
    Random random = new Random(SEED);
    for (int i = 0; i < RUNS; i++) {
      byte[] input = seeds.get(random.nextInt(seeds.size()));
      for (int changes = 1 + random.nextInt(MOST_CHANGES); changes > 0; changes--) {
        input = changed(input, seeds, random);
      }
      run(target, input);
    }
  }

  private static void run(FuzzTarget target, byte[] input) {
    try {
      FuzzTargets.check(target, input);
    } catch (Throwable finding) {
      throw new AssertionError(
          target.name()
              + ", seed "
              + SEED
              + ", input "
              + HexFormat.of().formatHex(input, 0, Math.min(input.length, 2_000)),
          finding);
    }
  }

  private static byte[] changed(byte[] input, List<byte[]> seeds, Random random) {
    int at = random.nextInt(input.length + 1);
    byte[] out = input.clone();
    switch (random.nextInt(6)) {
      case 0 -> {
        if (at < out.length) {
          out[at] = (byte) random.nextInt();
        }
      }
      case 1 -> {
        if (at < out.length) {
          out[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 2 -> out = Arrays.copyOf(input, at);
      case 3 -> {
        byte[] extreme = {0, -1, 0x7f, (byte) 0x80, '0', '9', '-', '\r', '\n', '*', '$'};
        byte value = extreme[random.nextInt(extreme.length)];
        Arrays.fill(out, at, Math.min(out.length, at + 1 + random.nextInt(8)), value);
      }
      case 4 -> {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        int from = random.nextInt(other.length);
        out = joined(Arrays.copyOf(input, at), Arrays.copyOfRange(other, from, other.length));
      }
      default -> {
        byte[] more = new byte[random.nextInt(8)];
        random.nextBytes(more);
        byte[] head = joined(Arrays.copyOf(input, at), more);
        out = joined(head, Arrays.copyOfRange(input, at, input.length));
      }
    }
    return out;
  }

  private static byte[] joined(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }

  /** Else nothing that is found would be told. */
  @Test
  void aReaderThatThrowsOrAllocatesIsFound() {
    assertThatThrownBy(() -> run(bad(input -> input[1_000]++), new byte[3]))
        .hasRootCauseInstanceOf(ArrayIndexOutOfBoundsException.class);
    assertThatThrownBy(
            () -> run(bad(input -> input[0] = (byte) new byte[64 << 20].length), new byte[3]))
        .hasStackTraceContaining("made it allocate");
    assertThat(FuzzTargets.ALL.stream().map(FuzzTarget::name)).doesNotHaveDuplicates();
  }

  private static FuzzTarget bad(java.util.function.Consumer<byte[]> reader) {
    return new FuzzTarget() {
      @Override
      public String name() {
        return "bad";
      }

      @Override
      public List<byte[]> seeds() {
        return List.of();
      }

      @Override
      public void read(byte[] input) {
        reader.accept(input);
      }
    };
  }
}
