package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kvstore.protocol.Reply;
import kvstore.testkit.history.Register;
import kvstore.testkit.history.Transfers;
import kvstore.testkit.script.Corpus;
import kvstore.testkit.script.RespClient;
import kvstore.testkit.script.Script;
import kvstore.testkit.script.ScriptRunner;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What every assembly of kvstore does for its clients, however many nodes it has. The nodes are
 * started with {@link #OPTIONS}.
 */
abstract class ServingContract {

  /** Small bounds, so that tests reach them soon. */
  static final String[] OPTIONS = {"--output-buffer-limit", "8MiB"};

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LARGE = 1 << 20;

  /** Where to connect, one for each node. */
  abstract List<InetSocketAddress> addresses();

  @TestFactory
  Stream<DynamicContainer> scriptsPlayThroughEachNode() {
    List<Script> scripts = new ArrayList<>(Corpus.redis());
    scripts.addAll(Corpus.own());
    return IntStream.range(0, addresses().size())
        .mapToObj(first -> {
          List<InetSocketAddress> turned = new ArrayList<>(addresses());
          Collections.rotate(turned, -first);
          return DynamicContainer.dynamicContainer(
              "first client at node " + (first + 1),
              Corpus.tests(new ScriptRunner(turned, true), scripts));
        });
  }

  @Test
  void aBareConnectionTakesCommandsAsTyped() throws IOException {
    try (RespClient client = connect(0)) {
      client.sendBytes("PUT mykey myvalue\r\nGET mykey\r\n".getBytes(StandardCharsets.UTF_8));
      assertThat(client.receive()).isEqualTo(Reply.OK);
      assertThat(client.ask("GET", "mykey")).isEqualTo("myvalue");
    }
  }

  @Test
  void pipelinedRepliesComeInTheOrderOfTheRequests() throws IOException {
    for (int node = 0; node < addresses().size(); node++) {
      try (RespClient client = connect(node)) {
        int count = 2_000;
        for (int i = 0; i < count; i++) {
          client.send("SET", "order", "" + i);
          client.send("GET", "order");
          client.send("ECHO", "" + i);
        }
        for (int i = 0; i < count; i++) {
          assertThat(client.receive()).isEqualTo(Reply.OK);
          assertThat(text(client.receive())).isEqualTo("" + i);
          assertThat(text(client.receive())).isEqualTo("" + i);
        }
      }
    }
  }

  @Test
  void largeValuesComeBackWhole() throws IOException {
    try (RespClient client = connect(addresses().size() - 1)) {
      String value = "0123456789abcdef".repeat(4 * LARGE / 16);
      assertThat(client.call("SET", "large", value)).isEqualTo(Reply.OK);
      assertThat(client.ask("GET", "large")).isEqualTo(value);
      assertThat(client.call("DEL", "large")).isEqualTo(new Reply.Int(1));
    }
  }

  @Test
  void aClientThatDoesNotReadIsCutOffAndHarmsNobody() throws IOException {
    for (int node = 0; node < addresses().size(); node++) {
      try (RespClient slow = connect(node);
          RespClient other = connect(node)) {
        other.call("SET", "large", "x".repeat(LARGE));
        for (int i = 0; i < 100; i++) {
          slow.send("GET", "large");
        }
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> {
              assertThat(other.call("SET", "other", "1")).isEqualTo(Reply.OK);
              assertThat(other.ask("INFO", "clients")).containsPattern("cut_off_clients:[1-9]");
            });
        assertThat(other.call("SET", "other", "2")).isEqualTo(Reply.OK);
        assertThat(endsAfterSome(slow)).isTrue();
      }
    }
  }

  @Test
  void transactionsAreAllOrNothing() throws Exception {
    Transfers transfers = new Transfers(addresses());
    transfers.run(3, 100);
    assertThat(transfers.wrongSums()).isEmpty();
    assertThat(transfers.problems()).isEmpty();
    assertThat(transfers.done()).isPositive();
  }

  @Test
  void noReadGoesBackwards() throws Exception {
    try (Register register = new Register(addresses())) {
      register.start(3);
      await().atMost(PATIENCE).until(() -> register.writes() > 500 && register.reads() > 1_000);
      register.stop();
      assertThat(register.stale()).isEmpty();
      assertThat(register.problems()).isEmpty();
    }
  }

  private RespClient connect(int node) throws IOException {
    return new RespClient(addresses().get(node), PATIENCE);
  }

  private static boolean endsAfterSome(RespClient client) throws IOException {
    try {
      for (int i = 0; i < 100; i++) {
        client.receive();
      }
      return false;
    } catch (EOFException e) {
      return true;
    }
  }

  private static String text(Reply reply) {
    return reply instanceof Reply.Bulk bulk
        ? new String(bulk.value(), StandardCharsets.UTF_8)
        : reply.toString();
  }
}
