package kvstore.replication.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** Golden bytes of docs/formats/raft-log.md. */
class EntryFormatTest {

  private static byte[] write(int group, LogEntry entry) {
    ByteBuffer out = ByteBuffer.allocate(EntryFormat.size(entry));
    EntryFormat.write(group, entry, out);
    assertThat(out.hasRemaining()).isFalse();
    return out.array();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static LogEntry data(long index, long term, byte[] payload) {
    LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_DATA);
    entry.setId(new LogId(index, term));
    entry.setData(ByteBuffer.wrap(payload));
    return entry;
  }

  @Test
  void aDataEntryHasItsGoldenBytes() throws LogCorruptedException {
    byte[] bytes = write(7, data(5, 3, "hello".getBytes(StandardCharsets.UTF_8)));
    assertThat(hex(LogKeys.entry(7, 5))).isEqualTo("000000070000000000000005");
    assertThat(hex(bytes)).isEqualTo("0102" + "0000000000000003" + "df48f8f5" + "68656c6c6f");
    LogEntry read = EntryFormat.read(7, 5, bytes);
    assertThat(read.getId()).isEqualTo(new LogId(5, 3));
    assertThat(read.getData()).isEqualTo(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aConfigurationEntryHasItsGoldenBytes() throws LogCorruptedException {
    LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
    entry.setId(new LogId(6, 3));
    entry.setPeers(List.of(new PeerId("n1", 1), new PeerId("n2", 1)));
    entry.setLearners(List.of(new PeerId("n3", 1)));
    byte[] bytes = write(7, entry);
    assertThat(hex(bytes))
        .isEqualTo(
            "0103"
                + "0000000000000003"
                + "7de290e6"
                + "000200046e313a3100046e323a31"
                + "000100046e333a31"
                + "00000000");
    LogEntry read = EntryFormat.read(7, 6, bytes);
    assertThat(read.getPeers()).isEqualTo(entry.getPeers());
    assertThat(read.getLearners()).isEqualTo(entry.getLearners());
    assertThat(read.getOldPeers()).isNull();
    assertThat(read.getOldLearners()).isNull();
  }

  @Property(tries = 200)
  void whatIsWrittenIsReadAndAnyFlippedBitIsNoticed(
      @ForAll @IntRange(min = 1) int group,
      @ForAll @LongRange(min = 1) long index,
      @ForAll @LongRange(min = 1) long term,
      @ForAll byte[] payload,
      @ForAll @IntRange(min = 0, max = 1 << 20) int where)
      throws LogCorruptedException {
    byte[] bytes = write(group, data(index, term, payload));
    LogEntry read = EntryFormat.read(group, index, bytes);
    assertThat(read.getId()).isEqualTo(new LogId(index, term));
    byte[] got = new byte[payload.length];
    if (read.getData() != null) {
      read.getData().duplicate().get(got);
    }
    assertThat(got).isEqualTo(payload);
    int bit = where % (bytes.length * 8);
    bytes[bit / 8] ^= (byte) (1 << (bit % 8));
    assertThatThrownBy(() -> EntryFormat.read(group, index, bytes))
        .isInstanceOf(LogCorruptedException.class);
  }

  @Test
  void keysOfAGroupSortByIndexAndGroupsDoNotMix() {
    assertThat(hex(LogKeys.entry(1, 255))).isLessThan(hex(LogKeys.entry(1, 256)));
    assertThat(hex(LogKeys.entry(1, Long.MAX_VALUE))).isLessThan(hex(LogKeys.entry(2, 0)));
    assertThat(hex(LogKeys.format())).isEqualTo("00");
    assertThat(hex(LogKeys.group("g"))).isEqualTo("0167");
    assertThat(hex(LogKeys.ofGroup(LogKeys.START, 7))).isEqualTo("0200000007");
    assertThat(hex(LogKeys.ofGroup(LogKeys.VOTE, 7))).isEqualTo("0300000007");
    assertThat(hex(LogKeys.configuration(7, 5))).isEqualTo("04000000070000000000000005");
  }
}
