package kvstore.tools.verify.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two ends with the proxy between them; both ends are plain sockets of the test. */
class PeerNetworkTest {

  private static final int ONE = 0;
  private static final int TWO = 1;
  private static final int SHORT_MILLIS = 150;

  private PeerNetwork network;
  private ServerSocket two;
  private Socket dialer;
  private Socket accepted;

  @BeforeEach
  void connect() throws IOException {
    network = PeerNetwork.open(List.of("one", "two"));
    two = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    network.target(TWO, two.getLocalPort());
    dialer = new Socket(InetAddress.getLoopbackAddress(), network.ports().get(TWO));
    accepted = two.accept();
    dialer.getOutputStream().write(greeting("one"));
    assertThat(accepted.getInputStream().readNBytes(greeting("one").length))
        .isEqualTo(greeting("one"));
  }

  @AfterEach
  void close() throws IOException {
    dialer.close();
    accepted.close();
    two.close();
    network.close();
  }

  /** As docs/formats/peer-protocol.md has it. */
  private static byte[] greeting(String from) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("KVPR");
    out.write(new byte[] {1, 2});
    out.writeInt(35 + 1 + 7 + 1 + from.length() + 4);
    out.write(new byte[] {1, 1, 2});
    out.write(new byte[32]);
    for (String name : List.of("cluster", from, "two")) {
      out.writeByte(name.length());
      out.writeBytes(name);
    }
    return bytes.toByteArray();
  }

  private static void send(Socket from, String text) throws IOException {
    from.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static String receive(Socket at, int length) throws IOException {
    at.setSoTimeout(10_000);
    return new String(at.getInputStream().readNBytes(length), UTF_8);
  }

  private static void receivesNothing(Socket at) throws IOException {
    at.setSoTimeout(SHORT_MILLIS);
    assertThatThrownBy(() -> at.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void bytesGoBothWays() throws IOException {
    send(dialer, "hello");
    assertThat(receive(accepted, 5)).isEqualTo("hello");
    send(accepted, "world");
    assertThat(receive(dialer, 5)).isEqualTo("world");
  }

  @Test
  void oneDirectionIsHeldAndNothingIsLost() throws IOException {
    network.cut(ONE, TWO);
    send(accepted, "back");
    assertThat(receive(dialer, 4)).isEqualTo("back");
    send(dialer, "there");
    receivesNothing(accepted);
    network.heal();
    assertThat(receive(accepted, 5)).isEqualTo("there");
  }

  @Test
  void theOtherDirectionToo() throws IOException {
    network.cut(TWO, ONE);
    send(dialer, "there");
    assertThat(receive(accepted, 5)).isEqualTo("there");
    send(accepted, "back");
    receivesNothing(dialer);
    network.heal();
    assertThat(receive(dialer, 4)).isEqualTo("back");
  }

  @Test
  void anEndBehindACutIsNotNoticed() throws IOException {
    network.cut(ONE, TWO);
    network.cut(TWO, ONE);
    send(dialer, "last words");
    dialer.close();
    receivesNothing(accepted);
    network.heal();
    assertThat(receive(accepted, 10)).isEqualTo("last words");
    assertThat(accepted.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void aDelayedByteComesLate() throws IOException {
    network.delay(ONE, TWO, 120_000_000);
    send(accepted, "x"); // in the other direction; when it is here, the delay is in force
    assertThat(receive(dialer, 1)).isEqualTo("x");
    long start = System.nanoTime();
    send(dialer, "there");
    assertThat(receive(accepted, 5)).isEqualTo("there");
    assertThat(System.nanoTime() - start).isGreaterThan(100_000_000);
  }

  @Test
  void aThrottledFlowTakesItsTime() throws IOException {
    network.throttle(ONE, TWO, 100_000);
    send(accepted, "x");
    assertThat(receive(dialer, 1)).isEqualTo("x");
    long start = System.nanoTime();
    send(dialer, "y".repeat(46_000)); // 16 kB at once, and 30 kB at 100 kB/s
    assertThat(receive(accepted, 46_000)).hasSize(46_000);
    assertThat(System.nanoTime() - start).isGreaterThan(250_000_000);
  }

  @Test
  void aResetConnectionEnds() throws IOException {
    network.reset(TWO, ONE);
    dialer.setSoTimeout(10_000);
    assertThatThrownBy(
            () -> {
              if (dialer.getInputStream().read() < 0) {
                throw new IOException("ended");
              }
            })
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void manyBytesPassUnharmed() throws Exception {
    byte[] much = new byte[5 << 20];
    new java.util.SplittableRandom(1).nextBytes(much);
    Thread sender =
        new Thread(() -> {
          try {
            dialer.getOutputStream().write(much);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    sender.start();
    assertThat(accepted.getInputStream().readNBytes(much.length)).isEqualTo(much);
    sender.join();
  }

  @Test
  void whatIsDoneToTheTrafficIsCounted() throws IOException {
    send(dialer, "free");
    assertThat(receive(accepted, 4)).isEqualTo("free");
    assertThat(network.touched()).isEqualTo(Touched.NOTHING);

    network.cut(ONE, TWO);
    send(dialer, "held");
    await().until(() -> network.touched().held() == 4);
    send(dialer, "more");
    await().until(() -> network.touched().held() == 8);
    network.heal();
    assertThat(receive(accepted, 8)).isEqualTo("heldmore");

    network.delay(TWO, ONE, 1_000_000);
    send(accepted, "slowly");
    assertThat(receive(dialer, 6)).isEqualTo("slowly");
    await().until(() -> network.touched().slowed() == 6);
    network.reset(ONE, TWO);
    await().until(() -> network.touched().equals(new Touched(8, 6, 1)));
  }

  /** Such as when the nodes know each other's real ports. */
  @Test
  void aFaultThatTouchesNothingIsAFinding() {
    assertThat(NetworkFaults.findingOf("isolate n1", true, Touched.NOTHING))
        .contains("isolate n1 touched nothing");
    assertThat(NetworkFaults.findingOf("isolate n1", true, new Touched(1, 0, 0))).isNull();
    // two followers may have nothing to say to each other
    assertThat(NetworkFaults.findingOf("cut n1 n2", false, Touched.NOTHING)).isNull();
  }
}
