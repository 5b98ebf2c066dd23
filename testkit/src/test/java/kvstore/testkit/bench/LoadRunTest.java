package kvstore.testkit.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;
import kvstore.protocol.Slots;
import kvstore.testkit.cluster.MemoryNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LoadRunTest {

  private static final LongConsumer NOBODY = begin -> {};
  private static MemoryNode node;

  @BeforeAll
  static void startNode() throws IOException {
    node = MemoryNode.start();
  }

  @AfterAll
  static void stopNode() throws Exception {
    node.close();
  }

  @Test
  void writesEveryKeyOnceWhenRequestsAreCounted() throws Exception {
    JsonNode filled = run("clients=4 pipeline=8 requests=1000 keys=1000");
    JsonNode read = run("clients=4 pipeline=8 requests=1000 keys=1000 writes=0");

    assertThat(filled.get("done").asInt()).isEqualTo(1000);
    assertThat(read.get("done").asInt()).isEqualTo(1000);
    assertThat(read.get("errors")).isEmpty();
  }

  @Test
  void asksEachTargetForKeysOfItsSlotsOnly() throws Exception {
    int slot = Slots.slotOf("key:000000000007".getBytes(StandardCharsets.US_ASCII));
    run("clients=1 seconds=0.2 settle=0 keys=8 value=77 slots=" + slot + "-" + slot);
    JsonNode read =
        run("clients=1 seconds=0.2 settle=0 keys=8 value=77 writes=0 slots=" + slot + "-" + slot);

    assertThat(read.get("done").asInt()).isPositive();
    assertThat(read.get("errors")).as("of a key that was not written").isEmpty();
  }

  @Test
  void aReadThatFindsNothingIsAnError() throws Exception {
    JsonNode read = run("clients=1 requests=10 keys=3000000 writes=0 value=5");

    assertThat(read.get("done").asInt()).isZero();
    int wrong = read.get("errors").path("missing key").asInt();
    assertThat(wrong + read.get("errors").path("wrong length").asInt()).isEqualTo(10);
  }

  @Test
  void countsOnlyWhatWasDoneInTheTimeThatIsMeasured() throws Exception {
    JsonNode report = run("clients=3 seconds=0.3 settle=0.2 slot=0.1 keys=100");

    assertThat(report.get("seconds").asDouble()).isEqualTo(0.3);
    int inSlots = 0;
    for (JsonNode slot : report.get("slots")) {
      inSlots += slot.get(0).asInt();
    }
    assertThat(inSlots).isEqualTo(report.get("done").asInt()).isPositive();
    assertThat(report.get("p50_us").asDouble()).isPositive();
  }

  @Test
  void requestsOnScheduleKeepTheirRate() throws Exception {
    JsonNode report = run("clients=8 pipeline=4 seconds=1 settle=0.2 rate=500 keys=100");

    double handled = report.get("done").asDouble() + report.get("unsent").asDouble();
    assertThat(handled).isBetween(450.0, 550.0);
    assertThat(report.get("p50_us").asDouble())
        .isGreaterThanOrEqualTo(report.get("sent_p50_us").asDouble());
  }

  @Test
  void aTargetThatIsNotThereIsToldInTheEnd() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    LoadRun run =
        new LoadRun(
            LoadSettings.parse(
                "targets=127.0.0.1:" + closed + " clients=2 seconds=0.1 timeout=0.3"));

    assertThatThrownBy(() -> run.run(NOBODY))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected 2 connections");
  }

  @Test
  void aConnectionThatBreaksIsMadeToTheNextTarget() throws Exception {
    try (ServerSocket rude = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread closer =
          new Thread(() -> {
            while (true) {
              try {
                rude.accept().close();
              } catch (IOException e) {
                return; // closed: the test is over
              }
            }
          });
      closer.start();
      String targets = "127.0.0.1:" + rude.getLocalPort() + ",127.0.0.1:" + port();
      JsonNode report = run("clients=2 seconds=0.5 settle=0 keys=100", targets);

      assertThat(report.get("done").asInt()).isPositive();
    }
  }

  private static int port() {
    return node.address().getPort();
  }

  private static JsonNode run(String words) throws Exception {
    return run(words, "127.0.0.1:" + port());
  }

  private static JsonNode run(String words, String targets) throws Exception {
    LoadSettings settings = LoadSettings.parse("targets=" + targets + " " + words);
    return new ObjectMapper().readTree(new LoadRun(settings).run(NOBODY).json());
  }
}
