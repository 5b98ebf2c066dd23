package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Map;
import kvstore.replication.raft.SnapshotMessages.Answer;
import kvstore.replication.raft.SnapshotMessages.Ask;
import kvstore.replication.raft.SnapshotMessages.End;
import kvstore.replication.raft.SnapshotMessages.Keep;
import kvstore.replication.raft.SnapshotMessages.Later;
import kvstore.replication.raft.SnapshotMessages.None;
import kvstore.replication.raft.SnapshotMessages.Offered;
import kvstore.replication.raft.SnapshotMessages.Request;
import org.junit.jupiter.api.Test;

/** The bytes of docs/formats/peer-protocol.md, method 9. */
class SnapshotMessagesTest {

  private static final Map<Request, String> REQUESTS =
      Map.of(
          new Ask("g1", 0x102), "010000000000000102026731",
          new Keep("g1", 5), "020000000000000005026731",
          new End("g1", 5), "030000000000000005026731");

  private static final Map<Answer, String> ANSWERS =
      Map.of(
          new None(), "0000000000000000000000000000000000",
          new Offered(5, 0x102), "0100000000000000050000000000000102",
          new Later(), "0200000000000000000000000000000000");

  private static ByteBuf bytes(String hex) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
  }

  @Test
  void whatIsSentIsAsSpecifiedAndUnderstood() {
    REQUESTS.forEach((request, hex) -> {
      assertThat(
              ByteBufUtil.hexDump(
                  SnapshotMessages.encode(UnpooledByteBufAllocator.DEFAULT, request)))
          .isEqualTo(hex);
      assertThat(SnapshotMessages.readRequest(bytes(hex))).isEqualTo(request);
    });
    ANSWERS.forEach((answer, hex) -> {
      assertThat(
              ByteBufUtil.hexDump(
                  SnapshotMessages.encode(UnpooledByteBufAllocator.DEFAULT, answer)))
          .isEqualTo(hex);
      assertThat(SnapshotMessages.readAnswer(bytes(hex))).isEqualTo(answer);
    });
  }

  @Test
  void whatIsMalformedIsNoMessage() {
    for (String hex :
        List.of(
            "",
            "01",
            "040000000000000102026731", // an unknown kind
            "010000000000000102036731", // a name cut short
            "01000000000000010202673100", // something behind it
            "010000000000000102023131")) { // no name of a group
      assertThat(SnapshotMessages.readRequest(bytes(hex))).as(hex).isNull();
    }
    for (String hex : List.of("", "00", "0300000000000000000000000000000000")) {
      assertThat(SnapshotMessages.readAnswer(bytes(hex))).as(hex).isNull();
    }
  }
}
