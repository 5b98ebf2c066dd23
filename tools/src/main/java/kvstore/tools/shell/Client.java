package kvstore.tools.shell;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import kvstore.protocol.Flag;
import kvstore.protocol.Reply;
import kvstore.tools.RespConnection;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands over a connection that is made when first needed and made anew when it broke. A
 * command is sent a second time only if it reads. For one thread at a time.
 */
final class Client implements Closeable {

  private final Connector connector;
  private @Nullable RespConnection connection;
  private boolean transaction;

  Client(Connector connector) {
    this.connector = connector;
  }

  /** Whether commands are being queued between MULTI and EXEC. */
  boolean inTransaction() {
    return transaction;
  }

  /** Connects if there is no live connection. */
  void connect() throws IOException {
    if (connection != null && connection.isGone()) {
      disconnect();
    }
    if (connection == null) {
      connection = connector.connect();
    }
  }

  /**
   * @throws NoAnswerException if the connection broke before the reply came
   * @throws IOException if there is no connection to be had; the command was not sent
   */
  Reply call(byte[][] request) throws IOException {
    connect();
    try {
      return exchange(List.<byte[][]>of(request)).get(0);
    } catch (NoAnswerException e) {
      if (transaction || !reads(request)) {
        transaction = false;
        throw e;
      }
    }
    connect();
    return exchange(List.<byte[][]>of(request)).get(0);
  }

  /** Sends commands together and returns their replies, fewer if the connection broke. */
  List<Reply> exchange(List<byte[][]> requests) throws IOException {
    RespConnection current = connection;
    if (current == null) {
      connect();
      current = connection;
    }
    if (current == null) {
      throw new IllegalStateException("not connected");
    }
    List<Reply> replies = new ArrayList<>(requests.size());
    try {
      for (byte[][] request : requests) {
        current.send(request);
      }
      current.flush();
      for (byte[][] request : requests) {
        Reply reply = current.receive();
        note(request, reply);
        replies.add(reply);
      }
      return replies;
    } catch (IOException e) {
      disconnect();
      throw new NoAnswerException(replies, e);
    }
  }

  private void note(byte[][] request, Reply reply) {
    CommandSpec spec = CommandTable.standard().lookup(request[0]);
    if (spec == null || isPlainFailure(reply)) {
      return;
    }
    switch (spec.name()) {
      case "multi" -> transaction = true;
      case "exec", "discard", "reset" -> transaction = false;
      default -> {}
    }
  }

  private static boolean isPlainFailure(Reply reply) {
    return reply instanceof Reply.Failure failure && !failure.message().startsWith("EXECABORT");
  }

  private static boolean reads(byte[][] request) {
    CommandSpec spec = CommandTable.standard().lookup(request[0]);
    return spec != null && spec.has(Flag.READONLY);
  }

  private void disconnect() {
    if (connection != null) {
      try {
        connection.close();
      } catch (IOException e) {
        // it is of no use any more
      }
      connection = null;
    }
  }

  @Override
  public void close() {
    disconnect();
  }

  /** The connection broke while replies were awaited: the commands may have been applied. */
  static final class NoAnswerException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient List<Reply> answered;

    NoAnswerException(List<Reply> answered, IOException cause) {
      super(cause.getMessage(), cause);
      this.answered = List.copyOf(answered);
    }

    /** Replies that came before. */
    List<Reply> answered() {
      return answered;
    }
  }
}
