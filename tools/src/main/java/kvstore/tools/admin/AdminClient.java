package kvstore.tools.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import kvstore.protocol.Reply;
import kvstore.tools.RespConnection;
import kvstore.tools.shell.Connector;
import org.jspecify.annotations.Nullable;

/**
 * Asks a node for the state of its cluster and gives orders through it. Connects again after a lost
 * connection, for questions only: an order whose answer was lost is not repeated. One thread.
 */
final class AdminClient implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Connector connector;
  private @Nullable RespConnection connection;

  AdminClient(Connector connector) {
    this.connector = connector;
  }

  /** An order was refused, or its end is not known; the message is the node's. */
  static final class OrderException extends IOException {
    private static final long serialVersionUID = 1L;

    OrderException(String message) {
      super(message);
    }
  }

  /** The state of the cluster as its directory's leader sees it now. */
  JsonNode state() throws IOException {
    Reply reply;
    try {
      reply = connected().call("ADMIN", "STATE");
    } catch (IOException e) {
      close();
      reply = connected().call("ADMIN", "STATE");
    }
    if (reply instanceof Reply.Bulk text) {
      try {
        return MAPPER.readTree(text.value());
      } catch (JsonProcessingException e) {
        throw new IOException("the node's answer to ADMIN STATE is not JSON", e);
      }
    }
    throw new OrderException(message(reply));
  }

  /**
   * Gives an order.
   *
   * @return what will happen, in the node's words
   */
  String order(String... words) throws IOException {
    String[] all = new String[words.length + 1];
    all[0] = "ADMIN";
    System.arraycopy(words, 0, all, 1, words.length);
    Reply reply;
    try {
      reply = connected().call(all);
    } catch (IOException e) {
      close();
      throw new OrderException(
          "the connection was lost before the answer came; the order may have been taken, look with"
              + " 'kv_store cluster status'");
    }
    if (reply instanceof Reply.Failure) {
      throw new OrderException(message(reply));
    }
    return message(reply);
  }

  private static String message(Reply reply) {
    if (reply instanceof Reply.Failure failure) {
      return failure.message();
    }
    if (reply instanceof Reply.Bulk text) {
      return new String(text.value(), StandardCharsets.UTF_8);
    }
    if (reply instanceof Reply.Simple simple) {
      return simple.text();
    }
    return "unexpected answer " + reply.getClass().getSimpleName();
  }

  private RespConnection connected() throws IOException {
    RespConnection open = connection;
    if (open == null) {
      open = connector.connect();
      connection = open;
    }
    return open;
  }

  @Override
  public void close() throws IOException {
    RespConnection open = connection;
    connection = null;
    if (open != null) {
      open.close();
    }
  }
}
