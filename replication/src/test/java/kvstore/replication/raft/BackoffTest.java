package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Times in ms, with a first pause of 500 ms and a longest of 30 s. */
class BackoffTest {

  private static final long TICK = 50;

  private long now = 1;
  private final Backoff backoff =
      new Backoff(RaftTimings.DEFAULT, () -> Duration.ofMillis(now).toNanos());

  /** It fails now: the time until it is tried, which is taken for a success. */
  private long failAndTry() {
    long start = now;
    while (!backoff.isDue()) {
      now += TICK;
    }
    backoff.postpone();
    return now - start;
  }

  private void beWell(long duration) {
    for (long end = now + duration; now < end; now += TICK) {
      backoff.well();
    }
  }

  private List<Long> pauses(long wellBetween) {
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      pauses.add(failAndTry());
      beWell(wellBetween);
    }
    return pauses;
  }

  @Test
  void whatFailsAgainAtOnceIsTriedLessAndLessOften() {
    assertThat(pauses(0))
        .containsExactly(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L);
  }

  @Test
  void whatWasWellForAWhileIsTriedAfterTheFirstPauseAgain() {
    assertThat(pauses(2_000)).containsOnly(500L);
  }

  @Test
  void aLongPauseIsForgottenOnlyAfterALongTimeWithoutFailures() {
    pauses(0);
    beWell(10_000);
    assertThat(failAndTry()).as("what is left of it since the last try").isEqualTo(20_000);
    beWell(31_000);
    assertThat(failAndTry()).isEqualTo(500);
  }
}
