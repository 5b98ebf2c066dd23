package kvstore.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LimitsTest {

  @Test
  void aClientThatDoesNotReadIsCutOffAndOthersAreUnharmed() {
    try (TestServer server = new TestServer("--output-buffer-limit", "1MiB");
        TestClient slow = server.connect();
        TestClient other = server.connect()) {
      server.data.values.put("big", new byte[100_000]);
      StringBuilder many = new StringBuilder();
      many.append("GET big\r\n".repeat(1000));
      slow.raw(many.toString());

      await().until(() -> server.setup.statistics().cutOffConnections() == 1);
      assertThat(slow.isClosedByServer()).isTrue();
      assertThat(other.ask("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void bigRepliesThatWaitForAnEarlierOneAreBoundedToo() throws Exception {
    try (TestServer server = new TestServer("--output-buffer-limit", "1MiB");
        TestClient slow = server.connect()) {
      server.data.values.put("big", new byte[100_000]);
      server.data.holding = true;
      slow.send("GET", "first");
      server.data.held.take();
      server.data.holding = false;
      slow.raw("GET big\r\n".repeat(1000));

      assertThat(slow.isClosedByServer()).isTrue();
      assertThat(server.setup.statistics().cutOffConnections()).isEqualTo(1);
    }
  }

  @Test
  void aBigReplyArrivesWhole() {
    try (TestServer server = new TestServer();
        TestClient client = server.connect()) {
      String value = "0123456789".repeat(500_000);
      assertThat(client.ask("SET", "k", value)).isEqualTo("OK");
      assertThat(client.ask("GET", "k")).isEqualTo(value);
      assertThat(client.ask("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void moreClientsThanAllowedAreRefusedInWords() {
    try (TestServer server = new TestServer("--maxclients", "1");
        TestClient first = server.connect()) {
      assertThat(first.ask("PING")).isEqualTo("PONG");
      try (TestClient second = server.connect()) {
        assertThat(second.answer()).isEqualTo("-ERR max number of clients reached");
        assertThat(second.isClosedByServer()).isTrue();
      }
      assertThat(first.ask("CONFIG", "SET", "maxclients", "2")).isEqualTo("OK");
      try (TestClient third = server.connect()) {
        assertThat(third.ask("PING")).isEqualTo("PONG");
      }
    }
  }

  @Test
  void anIdleClientIsDisconnected() {
    try (TestServer server = new TestServer("--idle-timeout", "200ms");
        TestClient idle = server.connect()) {
      assertThat(idle.ask("PING")).isEqualTo("PONG");
      assertThat(idle.isClosedByServer()).isTrue();
    }
  }

  @Test
  void malformedInputIsAnsweredAndTheConnectionClosed() {
    try (TestServer server = new TestServer("--max-bulk-size", "1KiB")) {
      String[] malformed = {
        "*1\r\n:5\r\n", "*1\r\n$-5\r\n", "*1\r\n$2000\r\n", "*99999999999\r\n", "GET \"a\r\n"
      };
      for (String input : malformed) {
        try (TestClient client = server.connect()) {
          client.raw("PING\r\n" + input + "PING\r\n");
          assertThat(client.answer()).isEqualTo("PONG");
          assertThat(client.answer()).startsWith("-ERR Protocol error: ");
          assertThat(client.isClosedByServer()).isTrue();
        }
      }
    }
  }

  @Test
  void aKeyThatIsTooLongIsRefusedBeforeAnythingElse() {
    try (TestServer server = new TestServer("--max-key-size", "16b");
        TestClient client = server.connect()) {
      String key = "k".repeat(17);
      assertThat(client.ask("SET", key, "v")).isEqualTo("-ERR key is longer than 16 bytes");
      assertThat(client.ask("SET", "k", "v".repeat(100))).isEqualTo("OK");
    }
  }

  @Test
  void nothingMoreIsReadWhileTooManyRequestsAreUnanswered() throws Exception {
    try (TestServer server = new TestServer("--max-pending-requests", "10");
        TestClient client = server.connect()) {
      server.data.holding = true;
      StringBuilder pipeline = new StringBuilder();
      for (int i = 0; i < 100; i++) {
        pipeline.append("GET ").append(i).append("\r\n");
      }
      client.raw(pipeline.toString());
      await().until(() -> server.data.held.size() == 10);
      await().during(Duration.ofMillis(100)).until(() -> server.data.held.size() == 10);
      for (int i = 0; i < 100; i++) {
        server.data.held.take().answer();
        assertThat(client.answer()).isEqualTo(Integer.toString(i));
      }
    }
  }

  @Test
  void aRequestMayArriveByteByByte() {
    try (TestServer server = new TestServer();
        TestClient client = server.connect()) {
      for (char c : "*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n".toCharArray()) {
        client.raw(String.valueOf(c));
      }
      assertThat(client.answer()).isEqualTo("abc");
    }
  }

  @Test
  void onlyReadsBehindAnUnansweredCommandAreMarkedAsOrdered() throws Exception {
    try (TestServer server = new TestServer();
        TestClient client = server.connect()) {
      client.raw("GET a\r\nGET b\r\n");
      client.read();
      client.read();
      server.data.holding = true;
      client.raw("SET a 1\r\nGET a\r\n");
      FakeDataPath.Held first = server.data.held.take();
      FakeDataPath.Held second = server.data.held.take();
      assertThat(server.data.ordered).containsExactly(false, false, false, true);
      second.answer();
      first.answer();
    }
  }

  @Test
  void aStopAnswersWhatIsInFlight() throws Exception {
    TestServer server = new TestServer();
    try (TestClient client = server.connect();
        TestClient idle = server.connect()) {
      assertThat(idle.ask("PING")).isEqualTo("PONG");
      server.data.holding = true;
      client.send("GET", "a");
      FakeDataPath.Held held = server.data.held.take();
      Thread stopping = new Thread(() -> server.net.stop(Duration.ofSeconds(10)));
      stopping.start();
      assertThat(idle.isClosedByServer()).isTrue();
      held.answer();
      assertThat(client.answer()).isEqualTo("a");
      assertThat(client.isClosedByServer()).isTrue();
      stopping.join(10_000);
      assertThat(stopping.isAlive()).isFalse();
    }
  }
}
