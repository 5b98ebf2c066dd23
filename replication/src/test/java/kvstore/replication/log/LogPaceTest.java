package kvstore.replication.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogPaceTest {

  private static final long MIB = 1 << 20;
  private static final long FAST = 512 * MIB;

  /** At which a write buffer takes two minutes to be flushed. */
  private static final long CRAWL = 64 << 10;

  @TempDir Path dir;

  private static SharedLogOptions options(int writeBuffers, long calm) {
    return new SharedLogOptions(8 * MIB, writeBuffers, MIB, 8 * MIB, 96 * MIB, calm);
  }

  @Test
  void doublesWithEachFileThatPilesUp() {
    try (LogPace pace = new LogPace(options(3, 16 * MIB))) {
      assertThat(pace.bytesPerSecond(0, 0)).isEqualTo(16 * MIB);
      assertThat(pace.bytesPerSecond(4, 1)).isEqualTo(16 * MIB);
      assertThat(pace.bytesPerSecond(5, 0)).isEqualTo(32 * MIB);
      assertThat(pace.bytesPerSecond(7, 0)).isEqualTo(128 * MIB);
      assertThat(pace.bytesPerSecond(1_000_000, 0)).isEqualTo(FAST);
    }
  }

  @Test
  void hurriesWhenWritesWouldWaitForOneMoreBuffer() {
    try (LogPace two = new LogPace(options(2, CRAWL));
        LogPace three = new LogPace(options(3, CRAWL))) {
      assertThat(two.bytesPerSecond(0, 1)).isEqualTo(FAST);
      assertThat(three.bytesPerSecond(0, 1)).isEqualTo(CRAWL);
      assertThat(three.bytesPerSecond(0, 2)).isEqualTo(FAST);
    }
  }

  @Test
  void isToldOfWriteBuffersThatWait() throws Exception {
    try (SharedLog log = SharedLog.open(dir, options(3, CRAWL), DiskFaults.NONE)) {
      assertThat(log.bytesPerSecond()).isEqualTo(CRAWL);
      GroupLog group = log.group("g");
      long fastest = 0;
      for (int i = 1; i <= 32; i++) {
        append(group, i);
        fastest = Math.max(fastest, log.bytesPerSecond());
      }
      assertThat(fastest).isEqualTo(FAST);
    }
  }

  @Test
  void closesWithoutWaitingForAFlushAtItsPace() throws Exception {
    long began;
    try (SharedLog log = SharedLog.open(dir, options(3, CRAWL), DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      for (int i = 1; log.told("rocksdb.num-running-flushes") == 0; i++) {
        append(group, i);
      }
      began = System.nanoTime();
    }
    assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(60));
  }

  private static void append(GroupLog group, int index) {
    byte[] payload = new byte[1 << 20];
    new SplittableRandom(index).nextBytes(payload);
    LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_DATA);
    entry.setId(new LogId(index, 1));
    entry.setData(ByteBuffer.wrap(payload));
    assertThat(group.appendEntries(List.of(entry))).isOne();
  }
}
