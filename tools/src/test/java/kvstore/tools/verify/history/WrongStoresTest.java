package kvstore.tools.verify.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A right store passes, whatever its clients do; each wrong one is found out. */
class WrongStoresTest {

  private static final int SEEDS = 20;

  @Property(tries = 300)
  void historiesOfAnAtomicStoreAreGood(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int keys = random.nextInt(1, 4);
    Sim sim =
        new Sim(seed, new Sim.Atomic(keys), keys, random.nextInt(1, 13))
            .outcomes(random.nextDouble(0.04), random.nextDouble(0.1));
    Verdict verdict = new Checker().check(sim.run(random.nextInt(1, 400)));
    assertThat(verdict.getClass()).isEqualTo(Verdict.Linearizable.class);
  }

  /** Each seed must be found: the faults are frequent enough to show in each history. */
  private static void isFound(Supplier<Sim.Store> wrong, int keys) {
    for (int seed = 0; seed < SEEDS; seed++) {
      Verdict verdict =
          new Checker().check(new Sim(seed, wrong.get(), keys, 6).outcomes(0.002, 0.02).run(2_000));
      assertThat(verdict.getClass()).as("seed %d", seed).isEqualTo(Verdict.Violation.class);
      assertThat(((Verdict.Violation) verdict).lines()).hasSizeBetween(2, 40);
    }
  }

  /** A fault of about one operation in a hundred. */
  private abstract static class Faulty extends Sim.Atomic {
    private final SplittableRandom random = new SplittableRandom(7);

    Faulty(int keys) {
      super(keys);
    }

    boolean now() {
      return random.nextInt(25) == 0;
    }
  }

  @Test
  void staleReadsAreFound() {
    isFound(
        () ->
            new Faulty(1) {
              private final List<@Nullable String> past = new ArrayList<>();

              @Override
              public List<String> apply(int client, List<Step> steps) {
                past.add(state[0]);
                if (steps.get(0).kind() == Step.Kind.GET && now()) {
                  String old = past.get(Math.max(0, past.size() - 15));
                  return List.of(old == null ? Step.NIL : old);
                }
                return super.apply(client, steps);
              }
            },
        1);
  }

  @Test
  void lostWritesAreFound() {
    isFound(
        () ->
            new Faulty(1) {
              @Override
              public List<String> apply(int client, List<Step> steps) {
                String before = state[0];
                List<String> replies = super.apply(client, steps);
                if (now()) {
                  state[0] = before;
                }
                return replies;
              }
            },
        1);
  }

  @Test
  void writesAppliedTwiceAreFound() {
    isFound(
        () ->
            new Faulty(1) {
              @Override
              public List<String> apply(int client, List<Step> steps) {
                List<String> replies = super.apply(client, steps);
                if (now()) {
                  super.apply(client, steps);
                }
                return replies;
              }
            },
        1);
  }

  @Test
  void aSplitBrainIsFound() {
    isFound(
        () ->
            new Sim.Store() {
              private final Sim.Atomic left = new Sim.Atomic(1);
              private final Sim.Atomic right = new Sim.Atomic(1);
              private int until;
              private int now;

              @Override
              public void tick(SplittableRandom random) {
                now++;
                if (until == 0 && random.nextInt(300) == 0) {
                  until = now + 60;
                  right.state[0] = left.state[0];
                } else if (now == until) {
                  until = 0;
                }
              }

              @Override
              public List<String> apply(int client, List<Step> steps) {
                return (until > 0 && client % 2 == 1 ? right : left).apply(client, steps);
              }
            },
        1);
  }

  @Test
  void tornTransactionsAreFound() {
    isFound(
        () ->
            new Faulty(2) {
              private @Nullable List<Step> rest;
              private int count;

              @Override
              public void tick(SplittableRandom random) {
                if (rest != null && random.nextInt(20) == 0) {
                  super.apply(0, rest);
                  rest = null;
                }
              }

              @Override
              public List<String> apply(int client, List<Step> steps) {
                if (steps.size() < 2 || rest != null || ++count % 20 != 0) {
                  return super.apply(client, steps);
                }
                List<@Nullable String> before = new ArrayList<>(java.util.Arrays.asList(state));
                List<String> replies = super.apply(client, steps);
                before.toArray(state);
                super.apply(client, steps.subList(0, 1));
                rest = steps.subList(1, steps.size());
                return replies;
              }
            },
        2);
  }

  @Test
  void aHundredThousandOperationsAreCheckedInTime() {
    List<ObjectHistory> objects = new ArrayList<>();
    for (int key = 0; key < 50; key++) {
      int keys = key % 5 == 0 ? 3 : 1;
      objects.add(
          new Sim(key, new Sim.Atomic(keys), keys, 8)
              .outcomes(keys == 1 ? 0.005 : 0.002, 0.01)
              .run(2_000));
    }
    long start = System.nanoTime();
    Checker checker = new Checker();
    for (ObjectHistory object : objects) {
      assertThat(checker.check(object).getClass()).isEqualTo(Verdict.Linearizable.class);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    System.out.println("100,000 operations on 50 objects were checked in " + took);
    assertThat(took).isLessThan(Duration.ofSeconds(30));
  }
}
