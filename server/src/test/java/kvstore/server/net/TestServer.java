package kvstore.server.net;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ServerOptions;
import kvstore.server.memory.ClientMemory;

/** A client port over a fake data path. */
final class TestServer implements AutoCloseable {

  final FakeDataPath data = new FakeDataPath();
  final FakeNode node = new FakeNode();
  final CountDownLatch stopped = new CountDownLatch(1);
  final NetServer.Setup setup;
  final NetServer net;

  TestServer(String... options) {
    this(Map.of(), options);
  }

  /** Whose clients may hold so much together. */
  TestServer(ClientMemory memory, String... options) {
    this(memory, Map.of(), options);
  }

  TestServer(Map<String, String> environment, String... options) {
    this(ClientMemory.unbounded(), environment, options);
  }

  private TestServer(ClientMemory memory, Map<String, String> environment, String... options) {
    data.memory = memory;
    List<String> all = new ArrayList<>(List.of("--port", "0", "--io-threads", "2"));
    all.addAll(Arrays.asList(options));
    ServerOptions read = ServerOptions.read(all, environment);
    Endpoints endpoints = read.endpoints(Optional.empty());
    setup = NetServer.Setup.of(read, java.time.InstantSource.system(), stopped::countDown);
    try {
      net = NetServer.bind(setup, endpoints);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    net.start(endpoints, data, node);
  }

  TestClient connect() {
    return new TestClient(net.port());
  }

  TestClient connectToClusterPort() {
    return new TestClient(net.clusterPort());
  }

  @Override
  public void close() {
    net.stop(Duration.ofSeconds(1));
  }
}
