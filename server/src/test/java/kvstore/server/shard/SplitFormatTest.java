package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Set;
import kvstore.engine.command.BatchReader;
import kvstore.engine.command.MalformedEntryException;
import kvstore.replication.NodeId;
import org.junit.jupiter.api.Test;

class SplitFormatTest {

  private static final HexFormat HEX = HexFormat.of();
  private static final Set<NodeId> VOTERS =
      Set.of(new NodeId("n2"), new NodeId("n1"), new NodeId("c"));
  private static final Set<NodeId> LEARNERS = Set.of(new NodeId("l"));
  private static final SplitOrder ORDER = new SplitOrder(258, 0x2000, VOTERS, LEARNERS);
  private static final Birth BIRTH =
      new Birth(1, 258, 0x2000, 5, 3, 1_700_000_000_000L, VOTERS, LEARNERS);

  private static final String MEMBERS =
      "0003" + "01" + "63" + "02" + "6e31" + "02" + "6e32" + "0001" + "01" + "6c";

  private static final String ENTRY =
      "80" // kind
          + "0000018bcfe56800" // leader time
          + "00000102" // child
          + "2000" // first slot
          + MEMBERS;

  private static final String TOLD =
      "01" // format
          + "00000001" // parent
          + "00000102" // child
          + "2000" // first slot
          + "0000000000000005" // index
          + "0000000000000003" // term
          + "0000018bcfe56800" // leader time
          + MEMBERS;

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  @Test
  void splitIsWrittenAndReadAsSpecified() {
    assertThat(HEX.formatHex(bytes(ORDER.encode(1_700_000_000_000L)))).isEqualTo(ENTRY);
    ByteBuffer entry = ByteBuffer.wrap(HEX.parseHex("ffff" + ENTRY)).position(2);
    assertThat(SplitOrder.isIn(entry)).isTrue();
    SplitOrder.Stamped read = SplitOrder.decode(entry);
    assertThat(read.order()).isEqualTo(ORDER);
    assertThat(read.leaderTimeMs()).isEqualTo(1_700_000_000_000L);
    assertThat(entry.position()).isEqualTo(2);
  }

  @Test
  void birthIsWrittenAndReadAsSpecified() throws Exception {
    assertThat(HEX.formatHex(BIRTH.encode())).isEqualTo(TOLD);
    assertThat(Birth.decode(HEX.parseHex(TOLD))).isEqualTo(BIRTH);
  }

  @Test
  void batchesAreNoSplitsAndSplitsNoBatches() {
    assertThat(SplitOrder.isIn(ByteBuffer.wrap(new byte[] {1}))).isFalse();
    assertThat(SplitOrder.isIn(ByteBuffer.allocate(0))).isFalse();
    assertThatThrownBy(() -> new BatchReader(ByteBuffer.wrap(HEX.parseHex(ENTRY))))
        .isInstanceOf(MalformedEntryException.class)
        .hasMessageContaining("128");
  }

  @Test
  void whatIsCutShortOrTooLongIsRefused() {
    byte[] entry = HEX.parseHex(ENTRY);
    for (int length = 0; length < entry.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(entry, 0, length);
      assertThatThrownBy(() -> SplitOrder.decode(cut)).isInstanceOf(MalformedEntryException.class);
    }
    assertThatThrownBy(() -> SplitOrder.decode(ByteBuffer.wrap(HEX.parseHex(ENTRY + "00"))))
        .isInstanceOf(MalformedEntryException.class);
    byte[] birth = HEX.parseHex(TOLD);
    for (int length = 0; length < birth.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(birth, length);
      assertThatThrownBy(() -> Birth.decode(cut)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> Birth.decode(HEX.parseHex("02" + TOLD.substring(2))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("format 1");
  }
}
