package kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.server.config.ServerOptions;
import kvstore.server.net.FakeNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {

  @TempDir Path folder;

  private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();
  private final AtomicInteger closed = new AtomicInteger();

  private ServerProcess process(ServerProcess.NodeStarter starter, String port) {
    ServerOptions options =
        ServerOptions.read(
            List.of(
                "--dir",
                folder.toString(),
                "--port",
                port,
                "--cluster-port",
                "0",
                "--peer-port",
                "0",
                "--http-port",
                "0"),
            Map.of());
    return new ServerProcess(
        options, InstantSource.system(), starter, new PrintStream(complaints, true));
  }

  private ServerProcess.StartedNode fakeNode(
      ServerOptions options, InstantSource clock, BoundPorts ports) {
    return new ServerProcess.StartedNode(new NoData(), new FakeNode(), closed::incrementAndGet);
  }

  @Test
  void aNodeServesUntilToldToStopAndTellsItsPortsInTheMeantime() throws Exception {
    ServerProcess process = process(this::fakeNode, "0");
    CompletableFuture<Integer> code = CompletableFuture.supplyAsync(process::run);
    Path file = folder.resolve("node.ports");
    await().until(() -> Files.exists(file));
    Properties ports = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      ports.load(in);
    }
    assertThat(ports.getProperty("pid")).isEqualTo(Long.toString(ProcessHandle.current().pid()));
    int port = Integer.parseInt(ports.getProperty("client"));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write("PING\r\n".getBytes());
      assertThat(socket.getInputStream().readNBytes(7)).asString().isEqualTo("+PONG\r\n");
      process.requestStop();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(code.get(10, TimeUnit.SECONDS)).isZero();
    assertThat(closed).hasValue(1);
    assertThat(file).doesNotExist();
    assertThat(complaints.size()).isZero();
  }

  @Test
  void shutdownOverTheClientPortIsACleanStop() throws Exception {
    ServerProcess process = process(this::fakeNode, "0");
    CompletableFuture<Integer> code = CompletableFuture.supplyAsync(process::run);
    Path file = folder.resolve("node.ports");
    await().until(() -> Files.exists(file));
    Properties ports = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      ports.load(in);
    }
    try (Socket socket =
        new Socket(
            InetAddress.getLoopbackAddress(), Integer.parseInt(ports.getProperty("client")))) {
      socket.getOutputStream().write("SHUTDOWN\r\n".getBytes());
      assertThat(code.get(10, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void aPortInUseIsToldInOneLineAndTheNodeIsClosed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int code = process(this::fakeNode, Integer.toString(taken.getLocalPort())).run();

      assertThat(code).isEqualTo(1);
      assertThat(complaints.toString().lines()).hasSize(1);
      assertThat(complaints.toString())
          .contains("clients on 127.0.0.1:" + taken.getLocalPort(), "in use");
      assertThat(closed).hasValue(1);
    }
  }

  @Test
  void aFaultOfTheDataIsToldInOneLine() {
    int code =
        process(
                (options, clock, ports) -> {
                  throw new IOException("the data is elsewhere");
                },
                "0")
            .run();

    assertThat(code).isEqualTo(1);
    assertThat(complaints).hasToString("the data is elsewhere" + System.lineSeparator());
  }
}
