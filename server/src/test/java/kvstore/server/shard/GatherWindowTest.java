package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GatherWindowTest {

  private static final long ENTRY = 500_000;
  private static final long LONG_ENTRY = 300_000_000;

  private final GatherWindow window = new GatherWindow();

  @Test
  void isShutBeforeTheFirstEntry() {
    assertThat(window.remaining(1, 0)).isZero();
  }

  @Test
  void doesNotKeepAClientWaitingThatIsAlone() {
    window.opens(1, 0, ENTRY, 0);
    assertThat(window.remaining(1, 1)).isZero();
  }

  @Test
  void waitsForThoseThatWereAnsweredUntilNearlyAllAreBack() {
    window.opens(32, 32, ENTRY, 0);
    assertThat(window.remaining(32, 0)).isEqualTo(ENTRY);
    assertThat(window.remaining(50, 100_000)).isEqualTo(ENTRY - 100_000);
    assertThat(window.remaining(57, 100_000)).isZero();
    assertThat(window.remaining(1, 100_001)).as("closed until the next entry").isZero();
  }

  @Test
  void waitsNoLongerThanTheEntryTookAndThanAMillisecond() {
    window.opens(32, 32, ENTRY, 0);
    assertThat(window.remaining(45, ENTRY)).isZero();
    window.opens(32, 32, LONG_ENTRY, 0);
    assertThat(window.remaining(40, 0)).isEqualTo(1_000_000);
  }

  @Test
  void staysShutForLongerAndLongerIfNobodyComesBack() {
    int opened = 0;
    for (int entry = 0; entry < 200; entry++) {
      long now = entry * 1_000_000L;
      window.opens(32, 1, ENTRY, now);
      if (window.remaining(2, now) > 0) {
        opened++;
        assertThat(window.remaining(2, now + ENTRY)).isZero();
      }
    }
    assertThat(opened).isBetween(5, 12);
  }

  @Test
  void opensForEachEntryAgainOnceSomebodyCameBack() {
    for (int entry = 0; entry < 20; entry++) {
      window.opens(32, 1, ENTRY, 0);
      if (window.remaining(2, 0) > 0) {
        window.remaining(2, ENTRY);
      }
    }
    while (window.remaining(2, 0) == 0) {
      window.opens(32, 1, ENTRY, 0);
    }
    assertThat(window.remaining(33, 1)).isZero();
    window.opens(32, 1, ENTRY, 0);
    assertThat(window.remaining(2, 0)).isPositive();
    window.remaining(2, ENTRY);
    window.opens(32, 1, ENTRY, 0);
    window.opens(32, 1, ENTRY, 0);
    assertThat(window.remaining(2, 0)).as("shut for one entry only").isPositive();
  }
}
