package kvstore.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kvstore.replication.NodeId;
import kvstore.server.config.ServerOptions;
import kvstore.server.net.FakeNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpConsoleTest {

  private final ClientStatistics clients = new ClientStatistics(List.of("get", "set"));
  private final FakeNode node = new FakeNode();
  private HttpConsole console;

  @BeforeEach
  void open() throws IOException {
    console =
        HttpConsole.bind(
            ServerOptions.read(List.of("--port", "0"), Map.of()).endpoints(Optional.empty()),
            clients);
  }

  @AfterEach
  void close() {
    console.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).build());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + console.port() + path);
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aNodeIsAliveAtOnceAndReadyWhenEachShardKnowsALeader() throws Exception {
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    node.leader = null;
    console.show(node);
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").body()).isEqualTo("shard s0 has no leader\n");
    node.leader = new NodeId("n2");
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    console.hide();
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
  }

  @Test
  void metricsHaveBaseUnits() throws Exception {
    ClientStatistics.Recorder recorder = clients.newRecorder();
    recorder.answered(0, 200_000, false);
    recorder.answered(0, 700_000, true);
    recorder.received(100);
    clients.failed("ERR no");
    console.show(node);

    String page = get("/metrics").body();

    assertThat(page)
        .contains("kvstore_commands_total{command=\"get\"} 2.0")
        .contains("kvstore_command_failures_total{command=\"get\"} 1.0")
        .contains("kvstore_command_duration_seconds_bucket{command=\"get\",le=\"2.5E-4\"} 1")
        .contains("kvstore_command_duration_seconds_count{command=\"get\"} 2")
        .contains("kvstore_command_duration_seconds_sum{command=\"get\"} 9.0E-4")
        .contains("kvstore_error_replies_total{code=\"ERR\"} 1.0")
        .contains("kvstore_client_received_bytes_total 100.0")
        .contains("kvstore_shard_leader{shard=\"s0\"} 1.0")
        .contains("kvstore_shard_applied_index{shard=\"s0\"} 9.0")
        .contains("kvstore_block_cache_bytes 1.0")
        .contains("jvm_memory_used_bytes{");
    assertThat(page).doesNotContain("command=\"set\"");
  }

  @Test
  void aPersonSeesTheNode() throws Exception {
    console.show(node);
    assertThat(get("/").body()).contains("kvstore node n1", "test-cluster", "127.0.0.1:7379");
  }

  @Test
  void whatIsNotOfferedIsRefused() throws Exception {
    assertThat(get("/nope").statusCode()).isEqualTo(404);
    HttpRequest post =
        HttpRequest.newBuilder(uri("/healthz"))
            .POST(HttpRequest.BodyPublishers.ofString("x"))
            .build();
    assertThat(send(post).statusCode()).isEqualTo(405);
    HttpRequest big =
        HttpRequest.newBuilder(uri("/healthz"))
            .POST(HttpRequest.BodyPublishers.ofString("x".repeat(10_000)))
            .build();
    assertThat(send(big).statusCode()).isEqualTo(413);
  }
}
