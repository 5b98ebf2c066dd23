package kvstore.tools.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import kvstore.tools.verify.history.Operation.Outcome;
import org.junit.jupiter.api.Test;

class TimelineTest {

  private final Timeline timeline = new Timeline(0);

  private void ok(int millis) {
    timeline.ended(Outcome.OK, millis * 1_000_000L);
  }

  @Test
  void theLongestGapMayReachIntoTheTimeAskedFor() {
    ok(100);
    ok(900);
    ok(1_000);
    assertThat(timeline.longestGap(500, 1_000)).isEqualTo(800);
    assertThat(timeline.longestGap(910, 1_000)).isEqualTo(100);
    assertThat(timeline.longestGap(1_000, 3_000)).isEqualTo(2_000);
  }

  @Test
  void availabilityIsTheShareOfSlicesWithASuccess() {
    ok(50);
    ok(60);
    ok(350);
    timeline.ended(Outcome.FAILED, 150_000_000L);
    assertThat(timeline.availability(0, 400)).isEqualTo(0.5);
    assertThat(timeline.nextSuccess(61)).isEqualTo(350);
    assertThat(timeline.nextSuccess(351)).isEqualTo(-1);
  }

  @Test
  void errorsAreCountedByKind() {
    timeline.error("UNKNOWN");
    Map<String, Long> before = timeline.errors();
    timeline.error("UNKNOWN");
    timeline.error("TRYAGAIN");
    assertThat(Timeline.since(before, timeline.errors()))
        .containsExactly(Map.entry("TRYAGAIN", 1L), Map.entry("UNKNOWN", 1L));
  }
}
