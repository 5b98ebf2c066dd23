package kvstore.tools.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import kvstore.tools.stress.report.Report;
import org.junit.jupiter.api.Test;

class OpenLoopTest {

  private static MixWork every100(int requests, long endAt) {
    return new MixWork(
        new SplittableRandom(1), random -> 0, 0.5, 4, 100, 1_000, new Deadline(endAt), requests);
  }

  @Test
  void requestsAreDueOnScheduleAndNotBefore() {
    MixWork work = every100(10, Work.NEVER);
    assertThat(work.due(0)).isEqualTo(1_000);
    work.take(1_000);
    assertThat(work.due(1_000)).isEqualTo(1_100);
  }

  @Test
  void aLateRequestCountsFromWhenItWasDue() {
    MixWork work = every100(10, Work.NEVER);
    work.take(5_000);
    assertThat(work.intended()).isEqualTo(1_000);
    work.take(5_000);
    assertThat(work.intended()).isEqualTo(1_100);
    assertThat(work.due(5_000)).isEqualTo(1_200);
  }

  @Test
  void aRepeatedRequestStillCountsFromWhenItWasDue() {
    MixWork work = every100(10, Work.NEVER);
    work.take(1_000);
    work.again(work.operation(), work.key(), work.intended());
    assertThat(work.due(9_000)).isEqualTo(9_000);
    work.take(9_000);
    assertThat(work.intended()).isEqualTo(1_000);
  }

  @Test
  void whatWasDueAndNotSentIsTold() {
    MixWork work = every100(Integer.MAX_VALUE, 2_000);
    work.take(1_000);
    assertThat(work.due(1_999)).isEqualTo(1_100);
    assertThat(work.due(2_000)).isEqualTo(Work.NEVER);
    assertThat(work.unsent(2_000)).isEqualTo(9);
  }

  @Test
  void aLoadThatIsStoppedEarlyOwesNothingMore() {
    Deadline end = new Deadline(1_000_000);
    MixWork work =
        new MixWork(new SplittableRandom(1), random -> 0, 0.5, 4, 100, 1_000, end, Long.MAX_VALUE);
    work.take(1_000);
    end.bringForward(1_050);
    assertThat(work.due(1_050)).isEqualTo(Work.NEVER);
    assertThat(work.unsent(1_050)).isZero();
  }

  @Test
  void aClosedLoopIsAlwaysDueAndCountsFromSending() {
    MixWork work =
        new MixWork(
            new SplittableRandom(1), random -> 0, 0.5, 4, 0, 1_000, new Deadline(Work.NEVER), 2);
    assertThat(work.due(7_000)).isEqualTo(7_000);
    work.take(7_000);
    assertThat(work.intended()).isEqualTo(7_000);
    work.take(8_000);
    assertThat(work.due(9_000)).isEqualTo(Work.NEVER);
  }

  @Test
  void aStallOfTheServerCountsForEveryRequestThatWasDueInIt() throws Exception {
    AtomicBoolean stalled = new AtomicBoolean();
    CountDownLatch never = new CountDownLatch(1);
    FaultyServer.Fault stallOnce =
        (server, call) -> {
          if (call.isGet() && call.number() > 100 && stalled.compareAndSet(false, true)) {
            try {
              never.await(400, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          return null;
        };
    // one of four clients waits 400 ms, and meanwhile 100 of its requests are due
    Report report = Runs.against(stallOnce, Runs.workload(0, Duration.ofSeconds(2), 1, 1_000));
    assertThat(report.passed()).as("%s", report.errors()).isTrue();
    long slow =
        report.latencies().stream()
            .mapToLong(latency -> Math.round(latency.count() * shareAbove(latency, 100_000)))
            .sum();
    assertThat(slow).isGreaterThan(30);
    assertThat(report.throughput().requests()).isBetween(1_500L, 2_000L);
  }

  private static double shareAbove(Report.Latency latency, double micros) {
    return latency.percentiles().stream()
            .filter(point -> point.micros() > micros)
            .mapToDouble(point -> 100 - point.percentile())
            .max()
            .orElse(0)
        / 100;
  }

  @Test
  void theLongestGapIsThatOfAllClientsTogether() {
    BitSet one = new BitSet();
    one.set(0, 10);
    one.set(50);
    BitSet two = new BitSet();
    two.set(20, 30);
    assertThat(Findings.longestGapMillis(List.of(one, two), 60)).isEqualTo(20);
    assertThat(Findings.longestGapMillis(List.of(one, two), 100)).isEqualTo(49);
    assertThat(Findings.longestGapMillis(List.of(new BitSet()), 100)).isEqualTo(100);
  }
}
