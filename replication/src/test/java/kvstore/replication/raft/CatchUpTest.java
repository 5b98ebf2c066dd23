package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CatchUpTest {

  private static final long TIMEOUT = Duration.ofMillis(300).toNanos();
  private final CatchUp catchUp = new CatchUp(Duration.ofNanos(TIMEOUT));

  @Test
  void aReplicaThatHoldsNothingHasNotCaughtUpHoweverShortTheLog() {
    assertThat(catchUp.isDone(-1, 3, 0)).isFalse();
    assertThat(catchUp.isDone(0, 3, 1)).isFalse();
    assertThat(catchUp.isDone(2, 3, 2)).isFalse();
    assertThat(catchUp.isDone(3, 3, 3)).isTrue();
  }

  @Test
  void oneThatHoldsWhatIsCommittedHasCaughtUpAtOnce() {
    assertThat(catchUp.isDone(3, 3, 0)).isTrue();
  }

  @Test
  void afterALongRoundAnotherIsNeeded() {
    assertThat(catchUp.isDone(0, 100, 0)).isFalse();
    assertThat(catchUp.isDone(100, 900, TIMEOUT)).isFalse();
    assertThat(catchUp.isDone(899, 950, TIMEOUT + 1)).isFalse();
    assertThat(catchUp.isDone(900, 960, TIMEOUT + 2)).isTrue();
  }

  @Test
  void aLogThatGrowsAllTheTimeIsCaughtUpWith() {
    assertThat(catchUp.isDone(50, 100, 0)).isFalse();
    assertThat(catchUp.isDone(110, 200, 10)).isTrue();
  }
}
