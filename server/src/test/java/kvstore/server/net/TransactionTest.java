package kvstore.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TransactionTest {

  private final TestServer server = new TestServer("--enable-debug-command");
  private final TestClient client = server.connect();

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void queuedCommandsRunAsOneAtExec() {
    assertThat(client.ask("MULTI")).isEqualTo("OK");
    assertThat(client.ask("SET", "a", "1")).isEqualTo("QUEUED");
    assertThat(client.ask("INCR", "a")).isEqualTo("QUEUED");
    assertThat(server.data.values).isEmpty();
    assertThat(client.ask("EXEC")).isEqualTo("[OK, 2]");
    assertThat(client.ask("GET", "a")).isEqualTo("2");
  }

  @Test
  void commandsOfTheConnectionLayerAnswerAtTheirPlace() {
    client.raw("MULTI\r\nPING\r\nSET a 1\r\nECHO x\r\nGET a\r\nEXEC\r\nMULTI\r\nPING\r\nEXEC\r\n");
    for (String expected : new String[] {"OK", "QUEUED", "QUEUED", "QUEUED", "QUEUED"}) {
      assertThat(client.answer()).isEqualTo(expected);
    }
    assertThat(client.answer()).isEqualTo("[PONG, OK, x, 1]");
    client.read();
    client.read();
    assertThat(client.answer()).isEqualTo("[PONG]");
  }

  @Test
  void anEmptyTransactionIsAnEmptyList() {
    client.ask("MULTI");
    assertThat(client.ask("EXEC")).isEqualTo("[]");
  }

  @Test
  void aRefusedCommandAbortsTheTransaction() {
    client.ask("MULTI");
    assertThat(client.ask("SET", "a", "1")).isEqualTo("QUEUED");
    assertThat(client.ask("NOPE", "x"))
        .isEqualTo("-ERR unknown command 'NOPE', with args beginning with: 'x' ");
    assertThat(client.ask("SET", "a", "2")).isEqualTo("QUEUED");
    assertThat(client.ask("EXEC"))
        .isEqualTo("-EXECABORT Transaction discarded because of previous errors.");
    assertThat(client.ask("GET", "a")).isEqualTo("(nil)");
  }

  @Test
  void whatDoesNotBelongIntoATransactionIsRefused() {
    assertThat(client.ask("EXEC")).isEqualTo("-ERR EXEC without MULTI");
    assertThat(client.ask("DISCARD")).isEqualTo("-ERR DISCARD without MULTI");
    client.ask("MULTI");
    assertThat(client.ask("MULTI")).isEqualTo("-ERR MULTI calls can not be nested");
    assertThat(client.ask("WATCH", "a")).isEqualTo("-ERR WATCH inside MULTI is not allowed");
    assertThat(client.ask("SET", "a", "1")).isEqualTo("QUEUED");
    assertThat(client.ask("EXEC")).isEqualTo("[OK]");
    client.ask("MULTI");
    assertThat(client.ask("HELLO", "3")).isEqualTo("-ERR Command not allowed inside a transaction");
    assertThat(client.ask("DISCARD")).isEqualTo("OK");
    assertThat(client.ask("PING")).isEqualTo("PONG");
  }

  @Test
  void aChangedWatchedKeyAbortsTheTransaction() {
    assertThat(client.ask("WATCH", "a")).isEqualTo("OK");
    try (TestClient other = server.connect()) {
      other.ask("SET", "a", "theirs");
    }
    client.ask("MULTI");
    client.ask("SET", "a", "mine");
    assertThat(client.ask("EXEC")).isEqualTo("(nil)");
    assertThat(client.ask("GET", "a")).isEqualTo("theirs");

    client.ask("MULTI");
    client.ask("SET", "a", "mine");
    assertThat(client.ask("EXEC")).isEqualTo("[OK]");
  }

  @Test
  void watchedKeysAlsoAbortATransactionWithoutData() {
    client.ask("WATCH", "a");
    server.data.versions.put("a", 7L);
    client.ask("MULTI");
    assertThat(client.ask("EXEC")).isEqualTo("(nil)");
    client.ask("WATCH", "a");
    client.ask("MULTI");
    client.ask("PING");
    assertThat(client.ask("EXEC")).isEqualTo("[PONG]");
  }

  @Test
  void unwatchAndDiscardForgetWatchedKeys() {
    client.ask("WATCH", "a");
    assertThat(client.ask("UNWATCH")).isEqualTo("OK");
    server.data.versions.put("a", 7L);
    client.ask("MULTI");
    assertThat(client.ask("EXEC")).isEqualTo("[]");
  }

  @Test
  void pipelinedCommandsWaitForTheVersionsOfWatch() {
    server.data.holdingWatches = true;
    client.raw("WATCH a\r\nMULTI\r\nSET a 1\r\nEXEC\r\n");
    await().until(() -> server.data.heldWatches.size() == 1);
    assertThat(server.data.values).isEmpty();
    server.data.heldWatches.get(0).run();
    assertThat(client.answer()).isEqualTo("OK");
    assertThat(client.answer()).isEqualTo("OK");
    assertThat(client.answer()).isEqualTo("QUEUED");
    assertThat(client.answer()).isEqualTo("[OK]");
  }

  @Test
  void aSleepHoldsUpItsConnectionOnly() {
    client.raw("DEBUG SLEEP 0.3\r\nPING\r\n");
    try (TestClient other = server.connect()) {
      assertThat(other.ask("PING")).isEqualTo("PONG");
    }
    assertThat(client.answer()).isEqualTo("OK");
    assertThat(client.answer()).isEqualTo("PONG");
  }
}
