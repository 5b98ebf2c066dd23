package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.EnumOutter;
import com.alipay.sofa.jraft.entity.RaftOutter;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import kvstore.replication.transport.Credentials.Role;
import kvstore.replication.transport.Credentials.Transcript;
import kvstore.replication.transport.HandshakeFrames.Hello;
import org.junit.jupiter.api.Test;

/** The bytes on the wire are those on file: what an older node says and understands. */
class PeerProtocolGoldenTest {

  private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;
  private static final byte[] CLIENT_NONCE = filled(0x11);
  private static final byte[] SERVER_NONCE = filled(0x22);
  private static final Hello HELLO = new Hello(1, 2, CLIENT_NONCE, "cluster", "n1", "n2");

  private static final AppendEntriesRequest HEARTBEAT =
      AppendEntriesRequest.newBuilder()
          .setGroupId("g")
          .setServerId("n1:1")
          .setPeerId("n2:1")
          .setTerm(3)
          .setPrevLogTerm(2)
          .setPrevLogIndex(10)
          .setCommittedIndex(9)
          .build();

  private static final AppendEntriesRequest ENTRIES =
      HEARTBEAT.toBuilder()
          .addEntries(
              RaftOutter.EntryMeta.newBuilder()
                  .setTerm(3)
                  .setType(EnumOutter.EntryType.ENTRY_TYPE_DATA)
                  .setDataLen(4))
          .setData(ByteString.copyFromUtf8("data"))
          .build();

  private static final RequestVoteRequest VOTE =
      RequestVoteRequest.newBuilder()
          .setGroupId("g")
          .setServerId("n1:1")
          .setPeerId("n2:1")
          .setTerm(4)
          .setLastLogTerm(3)
          .setLastLogIndex(11)
          .setPreVote(false)
          .build();

  private static byte[] filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static Map<String, ByteBuf> frames() {
    Credentials credentials = new Credentials("secret".getBytes(StandardCharsets.UTF_8));
    Transcript transcript = new Transcript(1, 2, "cluster", "n1", "n2", CLIENT_NONCE, SERVER_NONCE);
    Map<String, ByteBuf> frames = new LinkedHashMap<>();
    frames.put("preamble", HandshakeFrames.preamble(ALLOCATOR, Lane.LOG));
    frames.put("hello", HandshakeFrames.hello(ALLOCATOR, HELLO));
    frames.put("challenge", HandshakeFrames.bytes(ALLOCATOR, Frames.CHALLENGE, SERVER_NONCE));
    frames.put(
        "proof",
        HandshakeFrames.bytes(ALLOCATOR, Frames.PROOF, credentials.proof(Role.CLIENT, transcript)));
    frames.put(
        "welcome",
        HandshakeFrames.bytes(
            ALLOCATOR, Frames.WELCOME, credentials.proof(Role.SERVER, transcript)));
    frames.put("refuse", HandshakeFrames.refuse(ALLOCATOR, "no"));
    frames.put("request", message(Frames.REQUEST, 100, 0x0102030405060708L, "body"));
    frames.put("response", message(Frames.RESPONSE, 0, 7, "answer"));
    frames.put("refusal", message(Frames.REFUSAL, 0, 8, "why"));
    frames.put("ping", message(Frames.PING, 0, 0, ""));
    frames.put("pong", message(Frames.PONG, 0, 0, ""));
    frames.put("raft-heartbeat", RaftMessages.encodeRequest(ALLOCATOR, 0, "g", HEARTBEAT));
    frames.put("raft-entries", RaftMessages.encodeRequest(ALLOCATOR, 0, "g", ENTRIES));
    frames.put(
        "raft-vote-of-transfer",
        RaftMessages.encodeRequest(ALLOCATOR, RaftMessages.TRANSFER, "g", VOTE));
    frames.put(
        "raft-entries-response",
        RaftMessages.encodeResponse(
            ALLOCATOR,
            AppendEntriesResponse.newBuilder()
                .setTerm(3)
                .setSuccess(true)
                .setLastLogIndex(11)
                .build()));
    frames.put(
        "raft-error-response",
        RaftMessages.encodeResponse(
            ALLOCATOR, ErrorResponse.newBuilder().setErrorCode(5).setErrorMsg("bad").build()));
    return frames;
  }

  /** A message as it leaves a channel. */
  private static ByteBuf message(byte kind, int method, long id, String body) {
    EmbeddedChannel channel = new EmbeddedChannel();
    ByteBuf bytes = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
    Frames.write(channel, kind, method, id, bytes, channel.newPromise());
    channel.flush();
    ByteBuf frame = channel.readOutbound();
    channel.finishAndReleaseAll();
    return frame;
  }

  private static Map<String, String> golden() {
    try (InputStream in =
        PeerProtocolGoldenTest.class.getResourceAsStream("/formats/peer-protocol.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split(" "))
          .collect(
              Collectors.toMap(
                  words -> words[0],
                  words -> words[1],
                  (a, b) -> {
                    throw new IllegalStateException("a name is there twice");
                  },
                  LinkedHashMap::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ByteBuf golden(String name) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(golden().get(name)));
  }

  @Test
  void whatIsSentIsAsSpecified() {
    Map<String, String> sent = new LinkedHashMap<>();
    frames()
        .forEach((name, frame) -> {
          sent.put(name, ByteBufUtil.hexDump(frame));
          frame.release();
        });
    assertThat(sent).containsExactlyEntriesOf(golden());
  }

  @Test
  void whatIsSpecifiedIsUnderstood() throws InvalidProtocolBufferException {
    Hello hello = HandshakeFrames.readHello(golden("hello").skipBytes(5));
    assertThat(hello).usingRecursiveComparison().isEqualTo(HELLO);
    assertThat(HandshakeFrames.readBytes(golden("challenge").skipBytes(5))).isEqualTo(SERVER_NONCE);
    assertThat(request(RaftMessages.HEARTBEAT, "raft-heartbeat")).isEqualTo(HEARTBEAT);
    assertThat(request(RaftMessages.APPEND_ENTRIES, "raft-entries")).isEqualTo(ENTRIES);
    assertThat(request(RaftMessages.REQUEST_VOTE, "raft-vote-of-transfer")).isEqualTo(VOTE);
    assertThat(RaftMessages.decodeResponse(golden("raft-error-response")))
        .isInstanceOf(ErrorResponse.class);
    assertThat(RaftMessages.decodeResponse(golden("raft-entries-response")))
        .isInstanceOf(AppendEntriesResponse.class);
  }

  private static Message request(int method, String name) throws InvalidProtocolBufferException {
    RaftMessages.Envelope envelope = RaftMessages.readEnvelope(golden(name));
    assertThat(envelope.group()).isEqualTo("g");
    return RaftMessages.decodeRequest(method, envelope.body());
  }

  @Test
  void messagesTravelOnTheirLanes() {
    assertThat(RaftMessages.methodOf(HEARTBEAT)).isEqualTo(RaftMessages.HEARTBEAT);
    assertThat(RaftMessages.methodOf(ENTRIES)).isEqualTo(RaftMessages.APPEND_ENTRIES);
    assertThat(RaftMessages.laneOf(RaftMessages.HEARTBEAT)).isEqualTo(Lane.CONTROL);
    assertThat(RaftMessages.laneOf(RaftMessages.REQUEST_VOTE)).isEqualTo(Lane.CONTROL);
    assertThat(RaftMessages.laneOf(RaftMessages.APPEND_ENTRIES)).isEqualTo(Lane.LOG);
    assertThat(RaftMessages.laneOf(RaftMessages.GET_FILE)).isEqualTo(Lane.SNAPSHOT);
    assertThat(RaftMessages.methodOf("anything else")).isZero();
  }

  @Test
  void malformedRaftBodiesAreNoMessages() {
    assertThat(RaftMessages.readEnvelope(Unpooled.wrappedBuffer(new byte[] {0}))).isNull();
    assertThat(RaftMessages.readEnvelope(Unpooled.wrappedBuffer(new byte[] {0, 5, 'g'}))).isNull();
    for (byte[] bytes : new byte[][] {{}, {99}, {3, 1, 2, 3}}) {
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> RaftMessages.decodeResponse(Unpooled.wrappedBuffer(bytes))))
          .isInstanceOf(InvalidProtocolBufferException.class);
    }
  }
}
