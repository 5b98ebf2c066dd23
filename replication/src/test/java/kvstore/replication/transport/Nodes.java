package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import kvstore.replication.NodeId;

/** Transports of a few nodes that know each other, with every buffer they allocate counted. */
final class Nodes implements AutoCloseable {

  static final String CLUSTER = "test-cluster";
  static final byte[] SECRET = "a shared secret".getBytes(StandardCharsets.UTF_8);
  static final int ECHO = 100;
  static final int SILENT = 101;

  /** How a request ended. */
  record End(String response, ResponseHandler.Failure failure, String message) {}

  private final boolean nativeIo;
  private final Map<NodeId, PeerTransport> transports = new LinkedHashMap<>();
  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);

  Nodes(boolean nativeIo) {
    this.nativeIo = nativeIo;
  }

  static NodeId id(int number) {
    return new NodeId("n" + number);
  }

  static TransportOptions options(NodeId node) {
    return TransportOptions.of(node, CLUSTER, SECRET, "127.0.0.1", 0);
  }

  /** Starts nodes n1, n2, ... that all know each other and echo. */
  static Nodes start(int count, UnaryOperator<TransportOptions> tuning) throws IOException {
    return new Nodes(true).with(count, tuning);
  }

  Nodes with(int count, UnaryOperator<TransportOptions> tuning) throws IOException {
    for (int i = 1; i <= count; i++) {
      add(tuning.apply(options(id(i))));
    }
    introduce();
    return this;
  }

  static Nodes start(int count) throws IOException {
    return start(count, UnaryOperator.identity());
  }

  PeerTransport add(TransportOptions options) throws IOException {
    PeerTransport transport = PeerTransport.start(options, allocator, nativeIo);
    transport.handle(ECHO, (from, body, responder) -> responder.respond(body.retain()));
    transport.handle(SILENT, (from, body, responder) -> {});
    transports.put(options.self(), transport);
    return transport;
  }

  void introduce() {
    for (PeerTransport one : transports.values()) {
      for (PeerTransport other : transports.values()) {
        one.setPeer(other.self(), "127.0.0.1", other.boundPort());
      }
    }
  }

  PeerTransport get(int number) {
    return transports.get(id(number));
  }

  ByteBuf text(String text) {
    return allocator.buffer().writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  CompletableFuture<End> ask(
      int from, int to, Lane lane, int method, String text, Duration timeout) {
    return ask(from, to, lane, method, text(text), timeout);
  }

  CompletableFuture<End> ask(
      int from, int to, Lane lane, int method, ByteBuf body, Duration timeout) {
    CompletableFuture<End> end = new CompletableFuture<>();
    get(from).request(id(to), lane, method, body, timeout, ending(end));
    return end;
  }

  static ResponseHandler ending(CompletableFuture<End> end) {
    return new ResponseHandler() {
      @Override
      public void response(ByteBuf body) {
        assertThat(end.complete(new End(body.toString(StandardCharsets.UTF_8), null, null)))
            .isTrue();
      }

      @Override
      public void failed(Failure failure, String message) {
        assertThat(end.complete(new End(null, failure, message))).isTrue();
      }
    };
  }

  void stop(int number) {
    transports.remove(id(number)).close();
  }

  /** Closes all nodes and checks that no buffer has leaked. */
  @Override
  public void close() {
    transports.values().forEach(PeerTransport::close);
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> {
          assertThat(allocator.metric().usedDirectMemory()).isZero();
          assertThat(allocator.metric().usedHeapMemory()).isZero();
        });
  }
}
