package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.ResponseHandler;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.config.ClusterMember;
import kvstore.server.config.HostPort;
import kvstore.server.config.PeerAddress;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JoiningTest {

  private static final byte[] SECRET = "secret".getBytes(StandardCharsets.US_ASCII);
  private static final ClusterMember FIRST =
      new ClusterMember(new NodeId("n1"), "127.0.0.1", 1000, 11000);
  private static final Newcomer NEWCOMER =
      new Newcomer("0.1.0", "", "127.0.0.1", 2000, 7000, 12000, "east");

  private final Identity founder = Identity.create(FIRST, 3, List.of());
  private PeerTransport transport;
  private ClusterView view;
  private final List<NodeEntry> added = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    transport =
        PeerTransport.start(
            TransportOptions.of(FIRST.id(), founder.clusterId(), SECRET, "127.0.0.1", 0));
    view = new ClusterView(Founding.assumedBy(founder, entry(FIRST, "0.1.0"), 5000));
    JoinDesk.open(transport, view, "0.1.0", this::add);
  }

  @AfterEach
  void close() {
    transport.close();
  }

  private CompletionStage<ClusterState> add(NodeEntry node) {
    ClusterState old = view.current();
    if (old.node(node.id()) != null) {
      return CompletableFuture.failedFuture(
          new JoinDesk.NotTakenInException("node id '" + node.id() + "' is in use"));
    }
    List<NodeEntry> nodes = new ArrayList<>(old.nodes());
    nodes.add(node);
    added.add(node);
    ClusterState state =
        new ClusterState(
            old.version() + 1,
            old.clusterId(),
            old.settings(),
            nodes,
            old.shards(),
            old.nextShard());
    view.offer(state);
    return CompletableFuture.completedFuture(state);
  }

  private static NodeEntry entry(ClusterMember member, String release) {
    return new NodeEntry(
        member.id(),
        member.host(),
        member.port(),
        member.port(),
        member.peerPort(),
        "",
        NodeEntry.Status.ACTIVE,
        release,
        0);
  }

  private Identity join(byte[] secret, Newcomer newcomer) throws IOException {
    PeerAddress address =
        new PeerAddress(new HostPort("127.0.0.1", FIRST.port()), transport.boundPort());
    return Joining.join(List.of(address), secret, newcomer);
  }

  @Test
  void aNewNodeGetsTheNextIdAndLearnsWhereOthersAre() throws IOException {
    Identity identity = join(SECRET, NEWCOMER);

    assertThat(identity.nodeId()).isEqualTo(new NodeId("n2"));
    assertThat(identity.clusterId()).isEqualTo(founder.clusterId());
    assertThat(identity.isFounder()).isFalse();
    assertThat(identity.members()).containsExactly(FIRST);
    assertThat(added.get(0).zone()).isEqualTo("east");
    assertThat(added.get(0).clusterPort()).isEqualTo(7000);
  }

  @Test
  void aNodeThatLostItsAnswerGetsItsIdAgain() throws IOException {
    Identity first = join(SECRET, NEWCOMER);
    Identity again = join(SECRET, NEWCOMER);

    assertThat(again).isEqualTo(first);
    assertThat(added).hasSize(1);
  }

  @Test
  void aNodeWithoutTheSecretIsRefusedWithAClearLine() {
    byte[] wrong = "other".getBytes(StandardCharsets.US_ASCII);

    assertThatThrownBy(() -> join(wrong, NEWCOMER))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1:1000")
        .hasMessageContaining("the cluster secrets differ");
    assertThat(added).isEmpty();
  }

  @Test
  void aNodeIdInUseIsRefusedWithAClearLine() {
    Newcomer taken = new Newcomer("0.1.0", "n1", "127.0.0.1", 2000, 7000, 12000, "");

    assertThatThrownBy(() -> join(SECRET, taken))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("node id 'n1' is in use");
  }

  @Test
  void aJoiningNodeMayAskForNothingElse() throws IOException {
    int method = 100;
    transport.handle(method, (from, body, responder) -> responder.respond(body.retain()));
    NodeId stranger = new NodeId("joining-x");
    TransportOptions options =
        TransportOptions.of(stranger, TransportOptions.JOINING, SECRET, "127.0.0.1", 0);
    try (PeerTransport outside = PeerTransport.start(options)) {
      NodeId seed = new NodeId("seed");
      outside.setPeer(seed, "127.0.0.1", transport.boundPort());
      CompletableFuture<String> end = new CompletableFuture<>();
      outside.request(
          seed,
          Lane.CONTROL,
          method,
          Unpooled.buffer().writeByte(1),
          Duration.ofSeconds(5),
          new ResponseHandler() {
            @Override
            public void response(ByteBuf body) {
              end.complete("answered");
            }

            @Override
            public void failed(Failure failure, String message) {
              end.complete(failure + ": " + message);
            }
          });

      assertThat(end.join()).startsWith("REFUSED: no handler for method 100");
    }
  }
}
