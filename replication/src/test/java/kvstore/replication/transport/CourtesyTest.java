package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CourtesyTest {

  private static final long START = Long.MAX_VALUE - 1_000; // System.nanoTime() may overflow
  private static final long MOMENT = Courtesy.MOMENT_NANOS;

  private final Courtesy courtesy = new Courtesy(START);

  @Test
  void whoHasGrantedLetsTheOtherGoFirstForAMoment() {
    courtesy.granted(false, START);
    assertThat(courtesy.mayAsk(START + MOMENT - 1)).isFalse();
    assertThat(courtesy.mayUse(START + MOMENT - 1)).isFalse();
    assertThat(courtesy.mayAsk(START + MOMENT)).isTrue();
    assertThat(courtesy.mayUse(START + MOMENT)).isTrue();
  }

  @Test
  void ofTwoThatAskEachOtherOneGoesOn() {
    assertThat(courtesy.mayAsk(START)).isTrue();
    courtesy.granted(false, START + 1);
    assertThat(courtesy.mayUse(START + 2)).isTrue();

    Courtesy other = new Courtesy(START);
    assertThat(other.mayAsk(START)).isTrue();
    other.granted(true, START + 1);
    assertThat(other.mayUse(START + 2)).isFalse();
  }

  @Test
  void whatWasAskedLongAgoIsNoReasonToGoOn() {
    assertThat(courtesy.mayAsk(START)).isTrue();
    courtesy.granted(false, START + MOMENT);
    assertThat(courtesy.mayUse(START + MOMENT)).isFalse();
  }

  /** A candidate that asks again and again and is never elected. */
  @Test
  void nobodyIsHeldUpForMoreThanAFifthOfTheTime() {
    long free = 0;
    long step = MOMENT / 10;
    for (long t = 0; t < 100 * MOMENT; t += step) {
      courtesy.granted(true, START + t);
      if (courtesy.mayUse(START + t)) {
        free += step;
      }
    }
    assertThat(free).isGreaterThanOrEqualTo(79 * MOMENT);
  }
}
