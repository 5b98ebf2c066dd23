package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import kvstore.server.burst.Burst;
import org.junit.jupiter.api.Test;

class DiskReadsTest {

  private final List<Runnable> handedOver = new ArrayList<>();
  private final List<Integer> read = new ArrayList<>();
  private final List<Integer> refused = new ArrayList<>();
  private final DiskReads reads = new DiskReads(handedOver::add);

  private void add(DiskReads to, boolean alone, int number) {
    to.add(alone, () -> read.add(number), () -> refused.add(number));
  }

  private void addInOneBurst(DiskReads to, int count) {
    assertThat(Burst.begin()).isTrue();
    IntStream.range(0, count).forEach(number -> add(to, false, number));
    Burst.end();
  }

  @Test
  void thoseOfABurstGoInFewParts() {
    addInOneBurst(reads, 10);
    assertThat(handedOver).hasSize(4);
    handedOver.forEach(Runnable::run);
    assertThat(read).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void withoutABurstEachGoesAtOnce() {
    add(reads, false, 1);
    add(reads, false, 2);
    assertThat(handedOver).hasSize(2);
  }

  @Test
  void whatTakesLongGoesAloneAndAtOnce() {
    assertThat(Burst.begin()).isTrue();
    add(reads, true, 1);
    assertThat(handedOver).hasSize(1);
    Burst.end();
    assertThat(handedOver).hasSize(1);
  }

  @Test
  void whatThePoolRefusesIsRefused() {
    DiskReads full =
        new DiskReads(task -> {
          throw new RejectedExecutionException();
        });
    addInOneBurst(full, 3);
    assertThat(refused).containsExactly(0, 1, 2);
    assertThat(read).isEmpty();
  }

  @Test
  void oneThatFailsDoesNotKeepTheOthers() {
    assertThat(Burst.begin()).isTrue();
    for (int i = 0; i < 8; i++) {
      int number = i;
      reads.add(
          false,
          () -> {
            if (number == 0) {
              throw new IllegalStateException("told to fail");
            }
            read.add(number);
          },
          () -> refused.add(number));
    }
    Burst.end();
    handedOver.forEach(Runnable::run);
    assertThat(read).containsExactly(1, 2, 3, 4, 5, 6, 7);
  }

  /** Their replies wake an event loop at the end of a burst, which is their own. */
  @Test
  void repliesOfAPartAreSentTogether() {
    List<String> events = new ArrayList<>();
    Runnable wake = () -> events.add("wake");
    assertThat(Burst.begin()).isTrue();
    for (int i = 0; i < 8; i++) {
      reads.add(
          false,
          () -> {
            events.add("read");
            Burst.afterwards(wake);
          },
          () -> {});
    }
    Burst.end();
    handedOver.forEach(Runnable::run);
    assertThat(events).containsSubsequence("read", "read", "wake").endsWith("wake");
  }
}
