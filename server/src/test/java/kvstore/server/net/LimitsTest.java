package kvstore.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kvstore.server.config.ClientIo;
import kvstore.server.memory.ClientMemory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever the event loops read and write with. */
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
class LimitsTest {

  private static final long MIB = 1 << 20;

  @Parameter ClientIo io;

  @BeforeEach
  void theSystemOffersIt() {
    boolean ring = IoUring.isAvailable() && IoUring.isRecvMultishotEnabled(); // Linux 6.0
    assumeTrue(io != ClientIo.IO_URING || ring, "io_uring is not to be had here");
    assumeTrue(io != ClientIo.EPOLL || Epoll.isAvailable(), "epoll is not to be had here");
  }

  private TestServer server(String... options) {
    return server(ClientMemory.unbounded(), options);
  }

  private TestServer server(ClientMemory memory, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--client-io=" + io);
    return new TestServer(memory, all.toArray(String[]::new));
  }

  @Test
  void infoSaysWhatIsReadAndWrittenWith() {
    try (TestServer server = server();
        TestClient client = server.connect()) {
      assertThat(client.ask("INFO", "server"))
          .contains("multiplexing_api:" + io.name().toLowerCase(Locale.ROOT) + "\r\n");
    }
  }

  @Test
  void aClientThatDoesNotReadIsCutOffAndOthersAreUnharmed() {
    try (TestServer server = server("--output-buffer-limit", "1MiB");
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
    try (TestServer server = server("--output-buffer-limit", "1MiB");
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

  /** Each of them within what one client may. */
  @Test
  void clientsThatDoNotReadAreBoundedTogether() {
    try (TestServer server = server(new ClientMemory(MIB))) {
      server.data.values.put("big", new byte[20_000]);
      List<TestClient> slow = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        slow.add(server.connect());
        // half of it stays in the buffers of the sockets
        slow.get(i).raw("GET big\r\n".repeat(400));
      }
      await().until(() -> server.setup.statistics().cutOffConnections() > 0);
      await().until(() -> server.data.memory.hasRoom());
      try (TestClient other = server.connect()) {
        assertThat(other.ask("PING")).isEqualTo("PONG");
      }
      slow.forEach(TestClient::close);
      await().until(() -> held(server) == 0);
    }
  }

  @Test
  void requestsThatComeInPartAreBoundedTogether() {
    try (TestServer server = server(new ClientMemory(MIB))) {
      List<TestClient> halves = new ArrayList<>();
      String half = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$600000\r\n" + "v".repeat(500_000);
      for (int i = 0; i < 4; i++) {
        halves.add(server.connect());
        halves.get(i).raw(half);
      }
      await().until(() -> server.setup.statistics().cutOffConnections() > 0);
      await().until(() -> server.data.memory.hasRoom());
      try (TestClient other = server.connect()) {
        assertThat(other.ask("SET", "k", "v".repeat(100_000))).isEqualTo("OK");
      }
      // who is ended is told why, and the rest may go on
      List<String> ends = new ArrayList<>();
      for (TestClient client : halves) {
        try {
          ends.add(client.raw("v".repeat(100_000) + "\r\n").answer());
        } catch (UncheckedIOException reset) {
          ends.add("reset");
        }
      }
      assertThat(ends).contains("OK");
      halves.forEach(TestClient::close);
      await().until(() -> held(server) == 0);
    }
  }

  @Test
  void whoeverIsEndedForHalfARequestIsToldWhy() {
    try (TestServer server = server(new ClientMemory(MIB))) {
      try (TestClient client = server.connect()) {
        client.raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6000000\r\n" + "v".repeat(1_500_000));
        assertThat(client.answer()).startsWith("-OOM not applied, and the connection is closed");
        assertThat(client.isClosedByServer()).isTrue();
      }
      await().until(() -> held(server) == 0);
    }
  }

  @Test
  void manySmallArgumentsAndQueuedTransactionsCountToo() {
    try (TestServer server = server(new ClientMemory(16 * MIB));
        TestClient one = server.connect();
        TestClient two = server.connect()) {
      one.raw("*100002\r\n$4\r\nMSET\r\n" + "$1\r\na\r\n".repeat(100_000));
      await().until(() -> held(server) >= 100_000 * 24);
      assertThat(two.ask("MULTI")).isEqualTo("OK");
      assertThat(two.ask("SET", "k", "v".repeat(3_000_000))).isEqualTo("QUEUED");
      await().untilAsserted(() -> assertThat(held(server)).isGreaterThan(5_000_000));
      assertThat(two.ask("DISCARD")).isEqualTo("OK");
      await().until(() -> held(server) < 5_000_000);
    }
  }

  @Test
  void aShortRestDoesNotKeepTheBufferItCameIn() {
    try (TestServer server = server(new ClientMemory(16 * MIB));
        TestClient client = server.connect()) {
      // bursts make the node read with large buffers
      for (int i = 0; i < 20; i++) {
        client.raw("PING\r\n".repeat(20_000));
        for (int reply = 0; reply < 20_000; reply++) {
          assertThat(client.answer()).isEqualTo("PONG");
        }
      }
      client.raw("PING\r\n".repeat(9_000) + "PI");
      for (int reply = 0; reply < 9_000; reply++) {
        assertThat(client.answer()).isEqualTo("PONG");
      }
      // it was counted, and so was large, and is now as small as what it holds
      await().untilAsserted(() -> assertThat(held(server)).isEqualTo(2));
      client.raw("NG\r\n");
      assertThat(client.answer()).isEqualTo("PONG");
    }
  }

  /** More at once than fits, to a client that takes it: it waits, and loses nothing. */
  @Test
  void aClientThatReadsIsNotEnded() {
    try (TestServer server = server(new ClientMemory(MIB));
        TestClient client = server.connect()) {
      server.data.values.put("big", new byte[100_000]);
      client.raw("GET big\r\n".repeat(500));
      for (int i = 0; i < 500; i++) {
        assertThat(client.answer()).hasSize(100_000);
      }
      assertThat(server.setup.statistics().cutOffConnections()).isZero();
      await().until(() -> held(server) == 0);
    }
  }

  private static long held(TestServer server) {
    return server.data.memory.bytes();
  }

  @Test
  void aBigReplyArrivesWhole() {
    try (TestServer server = server();
        TestClient client = server.connect()) {
      String value = "0123456789".repeat(500_000);
      assertThat(client.ask("SET", "k", value)).isEqualTo("OK");
      assertThat(client.ask("GET", "k")).isEqualTo(value);
      assertThat(client.ask("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void moreClientsThanAllowedAreRefusedInWords() {
    try (TestServer server = server("--maxclients", "1");
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
    try (TestServer server = server("--idle-timeout", "200ms");
        TestClient idle = server.connect()) {
      assertThat(idle.ask("PING")).isEqualTo("PONG");
      assertThat(idle.isClosedByServer()).isTrue();
    }
  }

  @Test
  void malformedInputIsAnsweredAndTheConnectionClosed() {
    try (TestServer server = server("--max-bulk-size", "1KiB")) {
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
    try (TestServer server = server("--max-key-size", "16b");
        TestClient client = server.connect()) {
      String key = "k".repeat(17);
      assertThat(client.ask("SET", key, "v")).isEqualTo("-ERR key is longer than 16 bytes");
      assertThat(client.ask("SET", "k", "v".repeat(100))).isEqualTo("OK");
    }
  }

  @Test
  void nothingMoreIsReadWhileTooManyRequestsAreUnanswered() throws Exception {
    try (TestServer server = server("--max-pending-requests", "10");
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
    try (TestServer server = server();
        TestClient client = server.connect()) {
      for (char c : "*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n".toCharArray()) {
        client.raw(String.valueOf(c));
      }
      assertThat(client.answer()).isEqualTo("abc");
    }
  }

  @Test
  void onlyReadsBehindAnUnansweredCommandAreMarkedAsOrdered() throws Exception {
    try (TestServer server = server();
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
    TestServer server = server();
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
