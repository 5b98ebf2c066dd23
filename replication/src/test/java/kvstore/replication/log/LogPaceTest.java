package kvstore.replication.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogPaceTest {

  private static final long MIB = 1 << 20;

  @TempDir Path dir;

  @Test
  void doublesWithEachFileThatPilesUp() {
    assertThat(LogPace.bytesPerSecond(0, 0)).isEqualTo(16 * MIB);
    assertThat(LogPace.bytesPerSecond(4, 1)).isEqualTo(16 * MIB);
    assertThat(LogPace.bytesPerSecond(5, 0)).isEqualTo(32 * MIB);
    assertThat(LogPace.bytesPerSecond(7, 0)).isEqualTo(128 * MIB);
    assertThat(LogPace.bytesPerSecond(1_000_000, 0)).isEqualTo(512 * MIB);
  }

  @Test
  void hurriesWhileTwoWriteBuffersWait() {
    assertThat(LogPace.bytesPerSecond(0, 2)).isEqualTo(512 * MIB);
  }

  /** At the usual pace the first buffer takes half a second to be flushed. */
  @Test
  void isToldOfWriteBuffersThatWait() throws Exception {
    SharedLogOptions buffers = new SharedLogOptions(8 * MIB, 3, MIB, 8 * MIB, 96 * MIB);
    byte[] payload = new byte[1 << 20];
    new SplittableRandom(1).nextBytes(payload);
    try (SharedLog log = SharedLog.open(dir, buffers, DiskFaults.NONE)) {
      assertThat(log.bytesPerSecond()).isEqualTo(16 * MIB);
      GroupLog group = log.group("g");
      long fastest = 0;
      for (int i = 1; i <= 64; i++) {
        LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_DATA);
        entry.setId(new LogId(i, 1));
        entry.setData(ByteBuffer.wrap(payload));
        assertThat(group.appendEntries(List.of(entry))).isOne();
        fastest = Math.max(fastest, log.bytesPerSecond());
      }
      assertThat(fastest).isEqualTo(512 * MIB);
    }
  }
}
