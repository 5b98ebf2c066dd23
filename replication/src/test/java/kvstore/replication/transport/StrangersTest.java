package kvstore.replication.transport;

import static kvstore.replication.transport.Nodes.ECHO;
import static kvstore.replication.transport.Nodes.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import kvstore.replication.NodeId;
import kvstore.replication.transport.HandshakeFrames.Hello;
import kvstore.replication.transport.Nodes.End;
import kvstore.replication.transport.ResponseHandler.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StrangersTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  private static final TransportTimings HASTY =
      new TransportTimings(
          Duration.ofSeconds(1),
          Duration.ofMillis(300),
          Duration.ofMillis(20),
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          Duration.ofSeconds(2));

  /** n1 as tuned by the test, facing n2 as everyone knows it. */
  private static End meet(TransportOptions stranger) throws Exception {
    try (Nodes nodes = new Nodes(true)) {
      nodes.add(stranger);
      nodes.add(Nodes.options(id(2)));
      nodes.introduce();
      End end = nodes.ask(1, 2, Lane.CONTROL, ECHO, "x", LONG).get(20, TimeUnit.SECONDS);
      await().until(() -> nodes.get(2).server().strangers() == 0);
      return end;
    }
  }

  @Test
  void aNodeWithAnotherSecretIsRefused() throws Exception {
    byte[] secret = "guessed".getBytes(StandardCharsets.UTF_8);
    End end = meet(TransportOptions.of(id(1), Nodes.CLUSTER, secret, "127.0.0.1", 0));
    assertThat(end.failure()).isEqualTo(Failure.NOT_SENT);
    assertThat(end.message()).contains("the cluster secrets differ");
  }

  @Test
  void aNodeOfAnotherClusterIsRefused() throws Exception {
    End end = meet(TransportOptions.of(id(1), "other", Nodes.SECRET, "127.0.0.1", 0));
    assertThat(end.failure()).isEqualTo(Failure.NOT_SENT);
    assertThat(end.message()).contains("belongs to another cluster");
  }

  @Test
  void aNodeFoundUnderAnothersAddressIsNotSpokenTo() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      nodes.get(1).setPeer(id(3), "127.0.0.1", nodes.get(2).boundPort());
      End end = nodes.ask(1, 3, Lane.CONTROL, ECHO, "x", LONG).get(20, TimeUnit.SECONDS);
      assertThat(end.failure()).isEqualTo(Failure.NOT_SENT);
      assertThat(end.message()).contains("not the one you look for");
    }
  }

  /** Remembers whom it meets, for as long as it is there. */
  private static final class Memory implements Acquaintances {
    private final byte[] life = Acquaintances.none().life();
    private final Map<NodeId, String> met = new ConcurrentHashMap<>();

    @Override
    public byte[] life() {
      return life;
    }

    @Override
    public String objection(NodeId peer, byte[] theirs) {
      String shown = Arrays.toString(theirs);
      String before = met.putIfAbsent(peer, shown);
      return before == null || before.equals(shown) ? null : "you have forgotten everything";
    }
  }

  @Test
  void aNodeThatLostItsDirectoryIsRefusedWhicheverSideConnects() throws Exception {
    Memory one = new Memory();
    Memory two = new Memory();
    try (Nodes nodes = new Nodes(true)) {
      nodes.add(Nodes.options(id(1)).withAcquaintances(one));
      PeerTransport first = nodes.add(Nodes.options(id(2)).withAcquaintances(two));
      nodes.introduce();
      assertThat(ask(nodes, 1, 2).response()).isEqualTo("x");
      first.close();
      PeerTransport again = nodes.add(Nodes.options(id(2)).withAcquaintances(two));
      nodes.introduce();
      assertThat(ask(nodes, 1, 2).response()).isEqualTo("x");
      again.close();
      nodes.add(Nodes.options(id(2)).withAcquaintances(new Memory()));
      nodes.introduce();
      assertThat(ask(nodes, 1, 2).message()).contains("forgotten everything");
      assertThat(ask(nodes, 2, 1).message()).contains("forgotten everything");
    }
  }

  private static End ask(Nodes nodes, int from, int to) throws Exception {
    return nodes.ask(from, to, Lane.CONTROL, ECHO, "x", LONG).get(20, TimeUnit.SECONDS);
  }

  @Test
  void aServerThatCannotProveItselfIsNotTrusted() throws Exception {
    try (Nodes nodes = Nodes.start(1);
        java.net.ServerSocket impostor = new java.net.ServerSocket(0)) {
      nodes.get(1).setPeer(id(2), "127.0.0.1", impostor.getLocalPort());
      var end = nodes.ask(1, 2, Lane.LOG, ECHO, "x", LONG);
      try (Socket socket = impostor.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        in.readNBytes(Frames.PREAMBLE_BYTES);
        in.readNBytes(in.readInt());
        socket.getOutputStream().write(frame(Frames.CHALLENGE, new byte[32]));
        in.readNBytes(in.readInt());
        socket.getOutputStream().write(frame(Frames.WELCOME, new byte[32]));
        assertThat(end.get(20, TimeUnit.SECONDS).message()).contains("secrets differ");
        byte[] refusal = in.readNBytes(in.readInt());
        assertThat(refusal[0]).isEqualTo(Frames.REFUSE);
      }
    }
  }

  @Test
  void anotherProtocolVersionIsRefusedWithBothVersionsNamed() throws Exception {
    try (Nodes nodes = Nodes.start(1);
        Socket socket = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
      socket.getOutputStream().write(new byte[] {'K', 'V', 'P', 'R', 9, 1});
      socket.getOutputStream().write(hello(9));
      assertThat(readRefusal(socket)).isEqualTo("expected peer protocol version 1, but got 9");
    }
  }

  @Test
  void aRequestBeforeTheProofEndsTheConnection() throws Exception {
    try (Nodes nodes = Nodes.start(1);
        Socket socket = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
      socket.getOutputStream().write(new byte[] {'K', 'V', 'P', 'R', 1, 4});
      socket.getOutputStream().write(frame(Frames.REQUEST, new byte[20]));
      assertThat(readRefusal(socket)).contains("unexpected frame of kind 16");
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aLargeFrameBeforeTheProofEndsTheConnection() throws Exception {
    try (Nodes nodes = Nodes.start(1);
        Socket socket = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
      socket.getOutputStream().write(new byte[] {'K', 'V', 'P', 'R', 1, 1});
      socket.getOutputStream().write(new byte[] {0, 0, 2, 1});
      assertEnds(socket);
    }
  }

  @Test
  void whoSaysNothingIsDisconnected() throws Exception {
    try (Nodes nodes = Nodes.start(1, options -> options.withTimings(HASTY));
        Socket silent = new Socket("127.0.0.1", nodes.get(1).boundPort());
        Socket stalled = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
      stalled.getOutputStream().write(new byte[] {'K', 'V', 'P', 'R', 1, 1, 0, 0});
      assertEnds(silent);
      assertThat(readRefusal(stalled)).contains("took too long");
      await().until(() -> nodes.get(1).server().strangers() == 0);
    }
  }

  @Test
  void garbageOfAnyKindEndsTheConnectionAndHarmsNobody() throws Exception {
    Random random = new Random(42);
    try (Nodes nodes = Nodes.start(2, options -> options.withTimings(HASTY))) {
      for (int i = 0; i < 100; i++) {
        try (Socket socket = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
          byte[] garbage = new byte[random.nextInt(1, 2_000)];
          random.nextBytes(garbage);
          if (i % 2 == 0) {
            System.arraycopy(
                new byte[] {'K', 'V', 'P', 'R', 1, (byte) (1 + i % 4), 0, 0, 0},
                0,
                garbage,
                0,
                Math.min(9, garbage.length));
          }
          socket.getOutputStream().write(garbage);
          assertEnds(socket);
        } catch (IOException e) {
          // A reset while we write is as good an end.
        }
      }
      assertThat(nodes.ask(2, 1, Lane.CONTROL, ECHO, "x", LONG).get().response()).isEqualTo("x");
      await().until(() -> nodes.get(1).server().strangers() == 0);
    }
  }

  @Test
  void whoHangsUpRightAfterThePreambleLeavesNothingBehind() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      for (int i = 0; i < 300; i++) {
        try (Socket socket = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
          byte[] preamble = {'K', 'V', 'P', 'R', 1, (byte) (1 + i % 4), 0, 0, 0, 9};
          socket.getOutputStream().write(preamble, 0, 6 + i % 5);
          if (i % 3 == 0) {
            socket.shutdownOutput();
          } else if (i % 3 == 1) {
            socket.setSoLinger(true, 0);
          }
        }
      }
      await().until(() -> nodes.get(1).server().strangers() == 0);
      assertThat(nodes.ask(2, 1, Lane.CONTROL, ECHO, "x", LONG).get().response()).isEqualTo("x");
    }
  }

  /** Between its two event loops a connection belongs to none. */
  @Test
  void theServerClosesWhileAConnectionIsHandedOver() throws Exception {
    try (Nodes nodes = new Nodes(false).with(1, UnaryOperator.identity())) {
      PeerServer server = nodes.get(1).server();
      EventLoop loop = server.loops().loop(Lane.LOG, 0);
      InvocationHandler closesFirst =
          (self, method, arguments) -> {
            if (method.getName().equals("register")) {
              server.close();
            }
            return method.invoke(loop, arguments);
          };
      EventLoop late =
          (EventLoop)
              Proxy.newProxyInstance(
                  EventLoop.class.getClassLoader(), new Class<?>[] {EventLoop.class}, closesFirst);
      InetSocketAddress address = new InetSocketAddress("127.0.0.1", nodes.get(1).boundPort());
      NioSocketChannel accepted = new NioSocketChannel(SocketChannel.open(address));
      assertThat(server.admitStranger(accepted)).isTrue();

      server.greet(accepted, late, Lane.LOG, Frames.VERSION, "test");

      await().until(() -> !accepted.isOpen());
    }
  }

  @Test
  void tooManyConnectionsInTheirHandshakeAreTurnedAway() throws Exception {
    TransportLimits few = new TransportLimits(2_000, 10, 10_000, 10, 10_000, 3);
    try (Nodes nodes = Nodes.start(1, options -> options.withLimits(few))) {
      List<Socket> sockets = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          sockets.add(new Socket("127.0.0.1", nodes.get(1).boundPort()));
        }
        await().until(() -> nodes.get(1).server().strangers() == 3);
        try (Socket turnedAway = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
          assertEnds(turnedAway);
        }
        assertThat(nodes.get(1).server().strangers()).isEqualTo(3);
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
      await().until(() -> nodes.get(1).server().strangers() == 0);
    }
  }

  @Test
  void aProofIsBoundToItsRoleAndEverythingAgreedOn() {
    Credentials ours = new Credentials(Nodes.SECRET);
    byte[] one = new byte[32];
    byte[] two = HexFormat.of().parseHex("01".repeat(32));
    var transcript = new Credentials.Transcript(1, 1, "c", "n1", "n2", one, two);
    byte[] proof = ours.proof(Credentials.Role.CLIENT, transcript);
    assertThat(ours.proves(proof, Credentials.Role.CLIENT, transcript)).isTrue();
    assertThat(ours.proves(proof, Credentials.Role.SERVER, transcript)).isFalse();
    for (Credentials.Transcript other :
        List.of(
            new Credentials.Transcript(2, 1, "c", "n1", "n2", one, two),
            new Credentials.Transcript(1, 2, "c", "n1", "n2", one, two),
            new Credentials.Transcript(1, 1, "d", "n1", "n2", one, two),
            new Credentials.Transcript(1, 1, "c", "n3", "n2", one, two),
            new Credentials.Transcript(1, 1, "c", "n1", "n3", one, two),
            new Credentials.Transcript(1, 1, "c", "n1", "n2", two, two),
            new Credentials.Transcript(1, 1, "c", "n1", "n2", one, one))) {
      assertThat(ours.proves(proof, Credentials.Role.CLIENT, other)).isFalse();
    }
  }

  private static byte[] frame(byte kind, byte[] body) {
    byte[] frame = new byte[5 + body.length];
    frame[2] = (byte) ((1 + body.length) >>> 8);
    frame[3] = (byte) (1 + body.length);
    frame[4] = kind;
    System.arraycopy(body, 0, frame, 5, body.length);
    return frame;
  }

  private static byte[] hello(int version) {
    Hello hello = new Hello(version, 1, new byte[32], Nodes.CLUSTER, "n2", "n1");
    ByteBuf frame = HandshakeFrames.hello(UnpooledByteBufAllocator.DEFAULT, hello);
    byte[] bytes = new byte[frame.readableBytes()];
    frame.readBytes(bytes);
    frame.release();
    return bytes;
  }

  private static String readRefusal(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] frame = in.readNBytes(in.readInt());
    assertThat(frame[0]).isEqualTo(Frames.REFUSE);
    return new String(frame, 1, frame.length - 1, StandardCharsets.UTF_8);
  }

  /** Reads to the end, which may come as a reset. */
  private static void assertEnds(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    InputStream in = socket.getInputStream();
    try {
      while (in.read() >= 0) {
        // A refusal may come first.
      }
    } catch (java.net.SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // Reset.
    }
  }
}
