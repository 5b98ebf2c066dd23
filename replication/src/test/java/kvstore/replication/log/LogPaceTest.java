package kvstore.replication.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogPaceTest {

  private static final long MIB = 1 << 20;
  private static final long FAST = 512 * MIB;

  /** At which a write buffer takes two minutes to be flushed. */
  private static final long CRAWL = 64 << 10;

  @TempDir Path dir;

  private static SharedLogOptions options(long calm) {
    return new SharedLogOptions(8 * MIB, 3, MIB, 8 * MIB, 96 * MIB, calm);
  }

  @Test
  void doublesWithEachFileThatPilesUp() {
    try (LogPace pace = new LogPace(options(16 * MIB))) {
      assertThat(pace.bytesPerSecond(0, 0)).isEqualTo(16 * MIB);
      assertThat(pace.bytesPerSecond(4, 0)).isEqualTo(16 * MIB);
      assertThat(pace.bytesPerSecond(5, 0)).isEqualTo(32 * MIB);
      assertThat(pace.bytesPerSecond(7, 0)).isEqualTo(128 * MIB);
      assertThat(pace.bytesPerSecond(1_000_000, 0)).isEqualTo(FAST);
      assertThat(pace.bytesPerSecond(0, 1)).isEqualTo(FAST);
    }
  }

  /** Nobody writes on, and so nobody looks, after the write that fills the buffer. */
  @Test
  void flushesInAHurryFromTheMomentABufferIsFull() throws Exception {
    try (SharedLog log = SharedLog.open(dir, options(CRAWL), DiskFaults.NONE)) {
      assertThat(log.bytesPerSecond()).isEqualTo(CRAWL);
      GroupLog group = log.group("g");
      int written = 0;
      while (log.bytesPerSecond() == CRAWL) {
        append(group, ++written);
        assertThat(written).isLessThan(32);
      }
      Awaitility.await().until(() -> log.told("rocksdb.num-immutable-mem-table") == 0);
      append(group, ++written);
      assertThat(log.bytesPerSecond()).isEqualTo(CRAWL);
    }
  }

  private static void append(GroupLog group, int index) {
    byte[] payload = new byte[1 << 20];
    new SplittableRandom(index).nextBytes(payload);
    assertThat(group.appendEntry(SharedLogTest.data(index, 1, payload))).isTrue();
  }
}
