package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SnapshotPaceTest {

  private static final long MIB = 1 << 20;
  private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

  private long now;

  @Test
  void aCopyThatAsksAgainAfterASecondGetsTheWholeSpeed() {
    SnapshotPace pace = new SnapshotPace(100 * MIB, MIB, () -> now);
    long copied = 0;
    long began = now;
    while (copied < 1_000 * MIB) {
      long given = pace.throttledByThroughput(MIB);
      copied += given;
      now += given == 0 ? RETRY : 0; // a link without limit: all the time goes by in waiting
    }
    assertThat(now - began).isEqualTo(9 * RETRY);
  }

  @Test
  void noMoreIsGivenThanTheSpeedAllows() {
    SnapshotPace pace = new SnapshotPace(10 * MIB, MIB, () -> now);
    long copied = 0;
    for (int i = 0; i < 5_000; i++) {
      copied += pace.throttledByThroughput(MIB);
      now += TimeUnit.MILLISECONDS.toNanos(1);
    }
    assertThat(copied).isBetween(59 * MIB, 61 * MIB); // what it held, and five seconds
  }

  @Test
  void anotherSpeedCountsAtOnce() {
    SnapshotPace pace = new SnapshotPace(100 * MIB, MIB, () -> now);
    pace.setBytesPerSecond(2 * MIB);
    long copied = 0;
    for (int i = 0; i < 5_000; i++) {
      copied += pace.throttledByThroughput(MIB);
      now += TimeUnit.MILLISECONDS.toNanos(1);
    }
    assertThat(copied).isBetween(11 * MIB, 13 * MIB);
  }

  @Test
  void aRequestForAsMuchAsThereMayBeTakesOneShare() {
    SnapshotPace pace = new SnapshotPace(10 * MIB, MIB, () -> now);
    assertThat(pace.throttledByThroughput(Integer.MAX_VALUE)).isEqualTo(MIB);
    assertThat(pace.throttledByThroughput(10)).isEqualTo(10);
  }

  @Test
  void whatIsAskedForIsGivenWholeOrNotAtAll() {
    SnapshotPace pace = new SnapshotPace(3 * MIB / 2, MIB, () -> now);
    assertThat(pace.throttledByThroughput(MIB)).isEqualTo(MIB);
    assertThat(pace.throttledByThroughput(MIB)).isEqualTo(MIB);
    assertThat(pace.throttledByThroughput(MIB)).isZero();
    now += RETRY / 4; // still owes
    assertThat(pace.throttledByThroughput(MIB)).isZero();
    now += RETRY / 4;
    assertThat(pace.throttledByThroughput(MIB)).isEqualTo(MIB);
  }
}
