package kvstore.replication.transport;

import static kvstore.replication.transport.Nodes.ECHO;
import static kvstore.replication.transport.Nodes.id;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import kvstore.replication.transport.Nodes.End;
import kvstore.replication.transport.ResponseHandler.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The transport without native I/O, under TLS, and by host name. */
@Timeout(60)
class ConnectionKindsTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  @TempDir private Path directory;

  private static void assertEveryLaneWorks(Nodes nodes) throws Exception {
    for (Lane lane : Lane.values()) {
      String text = lane.name().repeat(50_000);
      End end = nodes.ask(1, 2, lane, ECHO, text, LONG).get(20, TimeUnit.SECONDS);
      assertThat(end.message()).isNull();
      assertThat(end.response()).isEqualTo(text);
    }
  }

  @Test
  void everyLaneWorksWithoutNativeIo() throws Exception {
    try (Nodes nodes = new Nodes(false).with(2, UnaryOperator.identity())) {
      assertEveryLaneWorks(nodes);
    }
  }

  @Test
  void everyLaneWorksUnderMutualTls() throws Exception {
    TlsFiles second = Certificates.create(directory, "second");
    TlsFiles first = Certificates.create(directory, "first", second);
    for (boolean nativeIo : new boolean[] {true, false}) {
      try (Nodes nodes = new Nodes(nativeIo)) {
        nodes.add(Nodes.options(id(1)).withTls(first));
        nodes.add(
            Nodes.options(id(2))
                .withTls(
                    new TlsFiles(
                        second.certificateChain(),
                        second.privateKey(),
                        first.trustedAuthorities())));
        nodes.introduce();
        assertEveryLaneWorks(nodes);
      }
    }
  }

  @Test
  void aNodeWithoutATrustedCertificateIsRefused() throws Exception {
    TlsFiles first = Certificates.create(directory, "first");
    TlsFiles second = Certificates.create(directory, "second", first);
    try (Nodes nodes = new Nodes(true)) {
      nodes.add(Nodes.options(id(1)).withTls(first));
      nodes.add(Nodes.options(id(2)).withTls(second));
      nodes.add(Nodes.options(id(3)));
      nodes.introduce();
      assertThat(nodes.ask(2, 1, Lane.LOG, ECHO, "x", LONG).get().failure())
          .isEqualTo(Failure.NOT_SENT);
      assertThat(nodes.ask(1, 2, Lane.LOG, ECHO, "x", LONG).get().failure())
          .isEqualTo(Failure.NOT_SENT);
      assertThat(nodes.ask(3, 1, Lane.LOG, ECHO, "x", LONG).get().failure())
          .isEqualTo(Failure.NOT_SENT);
    }
  }

  @Test
  void aPeerCanBeKnownByHostName() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      nodes.get(1).setPeer(id(2), "localhost", nodes.get(2).boundPort());
      assertThat(nodes.ask(1, 2, Lane.LOG, ECHO, "x", LONG).get().response()).isEqualTo("x");
      nodes.get(1).setPeer(id(2), "no-such-host.invalid", 1);
      End end = nodes.ask(1, 2, Lane.SNAPSHOT, ECHO, "x", LONG).get(20, TimeUnit.SECONDS);
      assertThat(end.failure()).isEqualTo(Failure.NOT_SENT);
      assertThat(end.message()).contains("unknown host");
    }
  }

  @Test
  void aSocketThatLeavesInItsPreambleIsForgotten() throws Exception {
    try (Nodes nodes = new Nodes(false).with(1, UnaryOperator.identity())) {
      try (Socket socket = new Socket("127.0.0.1", nodes.get(1).boundPort())) {
        socket.getOutputStream().write('K');
      }
      org.awaitility.Awaitility.await().until(() -> nodes.get(1).server().strangers() == 0);
    }
  }
}
