package kvstore.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.tools.FakeNode;
import kvstore.tools.RespConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClientTest {

  private FakeNode node;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    node = new FakeNode(0);
    client = new Client(ShellCommand.to(node.endpoint(), null));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    node.close();
  }

  @Test
  void connectsAnewAfterTheServerClosedAnIdleConnection() throws IOException {
    assertThat(call("PUT", "a", "1")).isEqualTo(Reply.OK);
    node.cut();
    assertThat(call("PUT", "a", "2")).isEqualTo(Reply.OK);
  }

  @Test
  void sendsAWriteNoSecondTimeWhenItsReplyWasLost() throws IOException {
    assertThatThrownBy(() -> call("DIE")).isInstanceOf(Client.NoAnswerException.class);
    assertThat(node.requests()).containsOnlyOnce("DIE");
    assertThat(call("GET", "nosuch")).isEqualTo(Reply.NIL);
  }

  @Test
  void knowsWhetherATransactionIsOpen() throws IOException {
    call("MULTI");
    assertThat(client.inTransaction()).isTrue();
    call("EXEC");
    assertThat(client.inTransaction()).isFalse();
  }

  private Reply call(String... words) throws IOException {
    return client.call(RespConnection.words(List.of(words)));
  }
}
