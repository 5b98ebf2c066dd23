package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReadPlaceTest {

  private static final Duration QUICK = Duration.ofNanos(10_000);
  private static final Duration FROM_DISK = Duration.ofMillis(5);

  private long now = 1_000;
  private long bytes = 4_096;
  private final ReadPlace place = new ReadPlace(() -> bytes, now);

  private void read(int count, Duration each) {
    for (int i = 0; i < count; i++) {
      long begun = now;
      now += each.toNanos();
      place.took(begun, now);
    }
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  /** Reads that find everything in memory, for so long. */
  private void calm(Duration time) {
    long end = now + time.toNanos();
    while (now < end) {
      pass(Duration.ofMillis(1));
      read(1, QUICK);
    }
  }

  private void comeHere() {
    calm(ReadPlace.SHORTEST_QUIET.plusMillis(100));
    assertThat(place.isHere()).isTrue();
  }

  private void blockFromDisk() {
    bytes += 8_192;
    read(1, FROM_DISK);
  }

  private void fromDisk() {
    for (int i = 0; i < 10; i++) {
      blockFromDisk();
    }
  }

  @Test
  void readsGoToThePoolUntilNothingCameFromADiskForAWhile() {
    calm(ReadPlace.SHORTEST_QUIET.minusMillis(100));
    fromDisk();
    calm(ReadPlace.SHORTEST_QUIET.minusMillis(100));
    assertThat(place.isHere()).isFalse();
    calm(Duration.ofMillis(200));
    assertThat(place.isHere()).isTrue();
  }

  @Test
  void fewReadsTellNothing() {
    pass(Duration.ofMinutes(1));
    read(ReadPlace.ENOUGH_READS - 1, QUICK);
    assertThat(place.isHere()).isFalse();
  }

  @Test
  void tenBlocksFromADiskAreEnoughToGoBackToThePool() {
    comeHere();
    fromDisk();
    assertThat(place.isHere()).isFalse();
  }

  /** As of the file system's own, whoever waited for it. */
  @Test
  void aBlockNowAndThenDoesNotMatter() {
    for (int i = 0; i < 100; i++) {
      calm(Duration.ofMillis(200));
      blockFromDisk();
      assertThat(place.isHere()).isEqualTo(i >= 4);
    }
  }

  /** A machine with more to do than cores interrupts reads as it does everything. */
  @Test
  void slowReadsThatCameFromNoDiskDoNotMatter() {
    comeHere();
    for (int i = 0; i < 300; i++) {
      read(2, QUICK);
      read(1, FROM_DISK);
    }
    assertThat(place.isHere()).isTrue();
  }

  /** Of a disk so quick that no read is slow, or of a compaction. */
  @Test
  void whatComesFromADiskIsNoticedBeforeLong() {
    comeHere();
    bytes += ReadPlace.FEW_BYTES + 8_192;
    read(1, QUICK);
    pass(ReadPlace.LOOK_EVERY);
    read(1, QUICK);
    assertThat(place.isHere()).isFalse();
  }

  /** Not every file system counts. */
  @Test
  void manySlowReadsAreEnoughToo() {
    comeHere();
    calm(Duration.ofMillis(500));
    read(ReadPlace.MANY_SLOW, FROM_DISK);
    assertThat(place.isHere()).isTrue(); // beside hundreds of quick ones
    read(4 * ReadPlace.ENOUGH_READS, FROM_DISK);
    assertThat(place.isHere()).isFalse();
    for (int i = 0; i < 100; i++) {
      read(ReadPlace.ENOUGH_READS, FROM_DISK);
    }
    assertThat(place.isHere()).isFalse();
  }

  @Test
  void eachTimeItIsToBeQuietForTwiceAsLong() {
    comeHere();
    fromDisk();
    calm(ReadPlace.SHORTEST_QUIET.multipliedBy(2).minusMillis(100));
    assertThat(place.isHere()).isFalse();
    calm(Duration.ofMillis(200));
    assertThat(place.isHere()).isTrue();
    for (int i = 0; i < 10; i++) {
      fromDisk();
      calm(ReadPlace.LONGEST_QUIET.minusMillis(100));
      assertThat(place.isHere()).isEqualTo(i < 4);
      calm(Duration.ofMillis(200));
      assertThat(place.isHere()).isTrue();
    }
  }

  @Test
  void thatIsForgottenWhenAllWentWellForLong() {
    comeHere();
    fromDisk();
    calm(ReadPlace.LONGEST_QUIET.multipliedBy(2));
    fromDisk();
    calm(ReadPlace.SHORTEST_QUIET.multipliedBy(2).plusMillis(100));
    assertThat(place.isHere()).isTrue();
  }

  @Test
  void littleThatCameInALongTimeWithoutReadsDoesNotMatter() {
    comeHere();
    bytes += 2 * ReadPlace.FEW_BYTES;
    pass(Duration.ofMinutes(1));
    read(1, QUICK);
    assertThat(place.isHere()).isTrue();
  }

  @Test
  void withoutACountReadsGoToThePool() {
    bytes = -1;
    calm(Duration.ofMinutes(2));
    assertThat(place.isHere()).isFalse();
  }

  @Test
  void theOperatingSystemTellsOfThisProcess() {
    assumeThat(Path.of("/proc/self/io")).isReadable();
    ReadPlace real = ReadPlace.ofProcess();
    long end = System.nanoTime() + ReadPlace.SHORTEST_QUIET.multipliedBy(20).toNanos();
    while (!real.isHere() && System.nanoTime() < end) {
      long begun = System.nanoTime();
      Thread.onSpinWait();
      real.took(begun, System.nanoTime());
    }
    assertThat(real.isHere()).isTrue();
  }
}
