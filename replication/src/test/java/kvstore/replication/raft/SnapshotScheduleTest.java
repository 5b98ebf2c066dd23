package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SnapshotScheduleTest {

  private static final long BYTES = 1_000_000;
  private static final long NANOS = 600_000_000_000L;
  private static final long NOW = -5;

  private static SnapshotSchedule schedule(int seed) {
    return new SnapshotSchedule(BYTES, NANOS, new SplittableRandom(seed), NOW);
  }

  private static long dueAt(SnapshotSchedule schedule, long from) {
    long bytes = from;
    while (!schedule.isDue(bytes, NOW)) {
      bytes += 1_000;
    }
    return bytes - from;
  }

  @Test
  void eachReplicaTakesItsOwnAtAnotherMoment() {
    TreeSet<Long> moments = new TreeSet<>();
    for (int seed = 0; seed < 100; seed++) {
      moments.add(dueAt(schedule(seed), 0));
    }
    assertThat(moments).hasSizeGreaterThan(50);
    assertThat(moments.first()).isBetween(BYTES * 3 / 4, BYTES * 8 / 10);
    assertThat(moments.last()).isBetween(BYTES * 95 / 100, BYTES);
  }

  @Test
  void andTheNextOneAtAnotherStill() {
    SnapshotSchedule schedule = schedule(1);
    TreeSet<Long> moments = new TreeSet<>();
    for (int i = 0; i < 10; i++) {
      moments.add(dueAt(schedule, i * BYTES));
      schedule.taken((i + 1) * BYTES, NOW);
    }
    assertThat(moments).hasSizeGreaterThan(5);
  }

  @Test
  void anOldOneIsDueHoweverLittleWasWritten() {
    SnapshotSchedule schedule = schedule(1);
    assertThat(schedule.isDue(0, NOW + NANOS * 3 / 4 - 1)).isFalse();
    assertThat(schedule.isDue(0, NOW + NANOS)).isTrue();
    schedule.taken(0, NOW + NANOS);
    assertThat(schedule.isDue(0, NOW + NANOS)).isFalse();
  }

  @Test
  void aLogThatIsCountedFromTheBeginningIsDueAsSoon() {
    SnapshotSchedule schedule = schedule(1);
    schedule.taken(5 * BYTES, NOW);
    assertThat(schedule.isDue(BYTES, NOW)).isFalse();
    schedule.restarted();
    assertThat(schedule.isDue(BYTES, NOW)).isTrue();
  }
}
