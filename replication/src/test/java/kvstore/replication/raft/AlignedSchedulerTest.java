package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.JRaftUtils;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class AlignedSchedulerTest {

  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  @Property
  void whatIsDueAfterTheSameShortDelayIsDueAtTheSameMoments(
      @ForAll long now, @ForAll @LongRange(min = 1, max = 9) long tens, @ForAll boolean late) {
    long period = tens * 10 * MILLI;
    long delay = late ? period - 4 * MILLI : period;
    long aligned = AlignedScheduler.aligned(now, delay);
    assertThat(Math.floorMod(now + aligned, period)).isZero();
    assertThat(aligned).isBetween(delay - period / 4 * 3, delay + period / 4);
  }

  @Property
  void longDelaysAndNoneAreKept(
      @ForAll long now, @ForAll @LongRange(min = 100, max = 1_000_000) long millis) {
    assertThat(AlignedScheduler.aligned(now, millis * MILLI)).isEqualTo(millis * MILLI);
    assertThat(AlignedScheduler.aligned(now, 0)).isZero();
    assertThat(AlignedScheduler.aligned(now, -MILLI)).isEqualTo(-MILLI);
  }

  @Test
  void theRaftLibraryUsesIt() {
    assertThat(JRaftUtils.raftTimerFactory()).isInstanceOf(RaftTimers.class);
    assertThat(JRaftUtils.raftTimerFactory().getRaftScheduler(true, 1, "x"))
        .isSameAs(AlignedScheduler.SHARED);
  }
}
