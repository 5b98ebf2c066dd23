package kvstore.server.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kvstore.replication.Leadership;
import kvstore.server.directory.LeaderTable.Leader;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class CommandCodecTest {

  private static final NodeEntry NODE = States.node(1);
  private static final ShardEntry SHARD =
      new ShardEntry(
          2, 0, 99, List.of(States.voter(1), States.leaving(2)), new ShardEntry.SplitEntry(3, 50));

  private static final List<DirectoryCommand> EACH =
      List.of(
          States.founding(2),
          new DirectoryCommand.AddNode(NODE),
          DirectoryCommand.SetNode.of(NODE),
          new DirectoryCommand.SetStatus(NODE.id(), NodeEntry.Status.OUT),
          new DirectoryCommand.MarkDown(NODE.id(), 5),
          new DirectoryCommand.MarkUp(NODE.id()),
          new DirectoryCommand.WantReplicas(SHARD, List.of(States.learner(1))),
          new DirectoryCommand.ForgetReplica(2, NODE.id()),
          new DirectoryCommand.BeginSplit(2, 3, 50),
          new DirectoryCommand.FinishSplit(2),
          new DirectoryCommand.AbortSplit(2),
          new DirectoryCommand.ChangeSetting("replicas", "3"));

  /** Golden bytes: they may never change, for logs hold them. */
  @Test
  void commandsAreWrittenAsSpecified() {
    assertThat(hex(new DirectoryCommand.AddNode(NODE)))
        .isEqualTo(
            "0102"
                + "026e31"
                + "00026831"
                + "1b582ee04268"
                + "0000"
                + "00"
                + "0005302e312e30"
                + "0000000000000000");
    assertThat(hex(DirectoryCommand.SetNode.of(NODE)))
        .isEqualTo("0103" + "026e31" + "00026831" + "1b582ee04268" + "0000" + "0005302e312e30");
    assertThat(hex(EACH.get(3))).isEqualTo("0104" + "026e31" + "02");
    assertThat(hex(EACH.get(4))).isEqualTo("0105" + "026e31" + "0000000000000005");
    assertThat(hex(EACH.get(5))).isEqualTo("0106" + "026e31");
    assertThat(hex(EACH.get(6)))
        .isEqualTo(
            "0107"
                + "00000002"
                + "0000"
                + "0063"
                + "01"
                + "00000003"
                + "0032"
                + "0002"
                + "026e31"
                + "00"
                + "026e32"
                + "02"
                + "0001"
                + "026e31"
                + "01");
    assertThat(hex(EACH.get(7))).isEqualTo("0108" + "00000002" + "026e31");
    assertThat(hex(EACH.get(8))).isEqualTo("0109" + "00000002" + "00000003" + "0032");
    assertThat(hex(EACH.get(9))).isEqualTo("010a" + "00000002");
    assertThat(hex(EACH.get(10))).isEqualTo("010b" + "00000002");
    assertThat(hex(EACH.get(11))).isEqualTo("010c" + "00087265706c69636173" + "000133");
    assertThat(hex(States.founding(1))).isEqualTo(founding("0d", "0000000010000000"));
  }

  @Test
  void aFoundingOfAnOlderReleaseSpreadsFromSixteenMebibytesOn() {
    byte[] older = ByteBufUtil.decodeHexDump(founding("01", ""));
    byte[] meant = ByteBufUtil.decodeHexDump(founding("0d", "0000000001000000"));
    assertThat(CommandCodec.decode(ByteBuffer.wrap(older)))
        .isEqualTo(CommandCodec.decode(ByteBuffer.wrap(meant)));
  }

  private static String founding(String type, String spreadMinBytes) {
    return "01"
        + type
        + "00026331"
        + "0003"
        + "0001"
        + spreadMinBytes
        + "0000000100000000"
        + "0000000000000000"
        + "00000000000927c0"
        + "0000000008000000"
        + "01"
        + "0001"
        + "026e31"
        + "00026831"
        + "1b582ee04268"
        + "0000"
        + "00"
        + "0005302e312e30"
        + "0000000000000000"
        + "0002"
        + "00000000"
        + "ffffffff"
        + "00"
        + "0001"
        + "026e31"
        + "00"
        + "00000001"
        + "00003fff"
        + "00"
        + "0001"
        + "026e31"
        + "00";
  }

  private static String hex(DirectoryCommand command) {
    return ByteBufUtil.hexDump(CommandCodec.encode(command));
  }

  @Test
  void eachCommandIsReadAsItWasWrittenAndRefusedWhenCutOrLonger() {
    for (DirectoryCommand command : EACH) {
      byte[] bytes = CommandCodec.encode(command);
      assertThat(CommandCodec.decode(ByteBuffer.wrap(bytes))).isEqualTo(command);
      for (int length = 0; length < bytes.length; length++) {
        ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(bytes, length));
        assertThatThrownBy(() -> CommandCodec.decode(cut))
            .isInstanceOf(IllegalArgumentException.class);
      }
      ByteBuffer longer = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1));
      assertThatThrownBy(() -> CommandCodec.decode(longer)).hasMessageContaining("follow");
    }
  }

  @Test
  void aNewerFormatOrTypeSaysSo() {
    assertThatThrownBy(() -> CommandCodec.decode(ByteBuffer.wrap(new byte[] {2, 1})))
        .hasMessageContaining("upgrade this node");
    assertThatThrownBy(() -> CommandCodec.decode(ByteBuffer.wrap(new byte[] {1, 99})))
        .hasMessageContaining("type 1 to 13, but got 99");
  }

  @Property(tries = 200)
  void statesAreReadAsTheyWereWritten(
      @ForAll @LongRange(min = 0) long version,
      @ForAll @StringLength(max = 20) String zone,
      @ForAll @IntRange(max = 65_535) int port,
      @ForAll @IntRange(min = 1, max = 30) int nodes,
      @ForAll @LongRange(min = 0) long down)
      throws DirectoryException {
    String readable =
        new String(
            zone.getBytes(java.nio.charset.StandardCharsets.UTF_8),
            java.nio.charset.StandardCharsets.UTF_8);
    ClusterState base = States.founded(nodes);
    List<NodeEntry> entries = new ArrayList<>(base.nodes());
    entries.set(
        0,
        new NodeEntry(
            States.id(1), "h", port, port, port, readable, NodeEntry.Status.LEAVING, "r", down));
    ClusterState state =
        new ClusterState(
            version, "c1", Settings.DEFAULT, entries, List.of(SHARD), base.nextShard());
    assertThat(
            Fields.read(
                "state", Unpooled.wrappedBuffer(StateCodec.encode(state)), StateCodec::read))
        .isEqualTo(state);
  }

  @Test
  void aStateOfAnOlderReleaseSpreadsFromSixteenMebibytesOn() throws DirectoryException {
    ClusterState state =
        Transition.apply(
            States.founded(3),
            new DirectoryCommand.ChangeSetting("spread-min-bytes", "16777216"),
            9);
    String newer = ByteBufUtil.hexDump(StateCodec.encode(state));
    String settings = "0003" + "0001";
    String spread = "0000000001000000";
    assertThat(newer).startsWith("02").containsOnlyOnce(settings + spread);
    String older = "01" + newer.substring(2).replace(settings + spread, settings);
    assertThat(
            Fields.read(
                "state",
                Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(older)),
                StateCodec::read))
        .isEqualTo(state);
  }

  @Property(tries = 500)
  void garbageIsRefusedOrReadButNeverHarms(@ForAll @Size(max = 80) byte[] garbage) {
    List<Runnable> readers =
        List.of(
            () -> CommandCodec.decode(ByteBuffer.wrap(garbage)),
            () -> ReportCodec.decode(Unpooled.wrappedBuffer(garbage)),
            () -> PeerMessages.readNews(Unpooled.wrappedBuffer(garbage)),
            () -> PeerMessages.readAsk(Unpooled.wrappedBuffer(garbage)),
            () -> PeerMessages.readAnswer(Unpooled.wrappedBuffer(garbage)),
            () -> PeerMessages.readPush(Unpooled.wrappedBuffer(garbage)));
    for (Runnable reader : readers) {
      try {
        reader.run();
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void reportsAndWordOfLeadersAreWrittenAsSpecified() {
    NodeReport report =
        new NodeReport(
            States.id(1),
            "r",
            9,
            List.of(
                new NodeReport.ReplicaReport(
                    1,
                    Leadership.Role.LEADER,
                    4,
                    States.id(1),
                    7,
                    0,
                    99,
                    Set.of(States.id(2), States.id(1)),
                    Set.of(),
                    8,
                    3)));
    byte[] bytes = ReportCodec.encode(report);
    assertThat(ByteBufUtil.hexDump(bytes))
        .isEqualTo(
            "01"
                + "026e31"
                + "000172"
                + "0000000000000009"
                + "0001"
                + "00000001"
                + "00"
                + "0000000000000004"
                + "01026e31"
                + "0000000000000007"
                + "0000"
                + "0063"
                + "0002026e31026e32"
                + "0000"
                + "0000000000000008"
                + "0000000000000003");
    assertThat(ReportCodec.decode(Unpooled.wrappedBuffer(bytes))).isEqualTo(report);
    byte[] word = PeerMessages.leaders(Map.of(3, new Leader(States.id(2), 5)));
    assertThat(ByteBufUtil.hexDump(word))
        .isEqualTo("01" + "0001" + "00000003" + "026e32" + "0000000000000005");
    PeerMessages.News news =
        new PeerMessages.News(true, null, Map.of(3, new Leader(States.id(2), 5)));
    assertThat(PeerMessages.readNews(Unpooled.wrappedBuffer(PeerMessages.news(news))))
        .isEqualTo(news);
  }

  @Test
  void aStateOfFiveNodesAndSixtyFourShardsIsSmall() throws DirectoryException {
    ClusterState base = States.founded(5);
    List<ShardEntry> shards = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      shards.add(
          new ShardEntry(
              i + 1,
              i * 256,
              i * 256 + 255,
              List.of(States.voter(1), States.voter(2), States.voter(3)),
              null));
    }
    ClusterState state = new ClusterState(9, "c1", Settings.DEFAULT, base.nodes(), shards, 65);
    assertThat(StateCodec.encode(state)).hasSizeLessThan(64 << 10);
  }
}
