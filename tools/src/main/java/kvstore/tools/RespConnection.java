package kvstore.tools;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.ProtocolException;
import kvstore.protocol.Reply;
import kvstore.protocol.ReplyDecoder;
import kvstore.protocol.RespEncoder;
import org.jspecify.annotations.Nullable;

/**
 * A blocking client connection. Speaks RESP3 where the server does. For one thread at a time; only
 * {@link #close} may come from another.
 */
public final class RespConnection implements Closeable {

  private static final int CHUNK = 16 << 10;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final ByteBuf sending = Unpooled.buffer(CHUNK);
  private final ByteBuf received = Unpooled.buffer(CHUNK);

  private RespConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  /**
   * Connects and logs in.
   *
   * @param credentials null to stay anonymous
   * @param connectTimeout bound on connecting
   * @param replyTimeout bound on the wait for each reply; zero for none
   * @throws RefusedException if the server answers but refuses us
   * @throws IOException if it can not be reached
   */
  public static RespConnection open(
      Endpoint endpoint,
      @Nullable Credentials credentials,
      Duration connectTimeout,
      Duration replyTimeout)
      throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(
          new InetSocketAddress(endpoint.host(), endpoint.port()), millis(connectTimeout));
      socket.setSoTimeout(millis(replyTimeout));
      RespConnection connection = new RespConnection(socket);
      connection.greet(credentials);
      return connection;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void greet(@Nullable Credentials credentials) throws IOException {
    List<String> hello = new ArrayList<>(List.of("HELLO", "3"));
    if (credentials != null) {
      String user = credentials.user() == null ? "default" : credentials.user();
      hello.addAll(List.of("AUTH", user, credentials.password()));
    }
    if (!(call(words(hello)) instanceof Reply.Failure failure)) {
      return;
    }
    String message = failure.message();
    if (message.startsWith("NOAUTH") && credentials == null) {
      return; // the user may log in by AUTH
    }
    boolean old = message.startsWith("NOPROTO") || message.contains("unknown command");
    if (!old) {
      throw new RefusedException(message);
    }
    if (credentials != null) {
      authenticate(credentials);
    }
  }

  private void authenticate(Credentials credentials) throws IOException {
    List<String> auth = new ArrayList<>(List.of("AUTH"));
    if (credentials.user() != null) {
      auth.add(credentials.user());
    }
    auth.add(credentials.password());
    if (call(words(auth)) instanceof Reply.Failure failure) {
      throw new RefusedException(failure.message());
    }
  }

  /** Words as arguments. */
  public static byte[][] words(List<String> words) {
    return words.stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
  }

  /** Sends one request and waits for its reply. */
  public Reply call(byte[]... arguments) throws IOException {
    send(arguments);
    flush();
    return receive();
  }

  /** As {@link #call(byte[]...)}, with words of text. */
  public Reply call(String... words) throws IOException {
    return call(words(List.of(words)));
  }

  /** Adds a request to those that {@link #flush} sends. */
  public void send(byte[][] arguments) {
    RespEncoder.writeRequest(arguments, sending);
  }

  /** Bytes that {@link #flush} would send. */
  public int unsent() {
    return sending.readableBytes();
  }

  public void flush() throws IOException {
    sending.readBytes(out, sending.readableBytes());
    sending.clear();
    out.flush();
  }

  /**
   * Waits for the next reply. Out-of-band messages are passed over.
   *
   * @throws SocketTimeoutException if it does not come in time
   * @throws EOFException if the server has closed the connection
   */
  public Reply receive() throws IOException {
    try {
      while (true) {
        Reply reply = decoder.decode(received);
        if (reply == null) {
          receiveMore();
        } else if (!(reply instanceof Reply.Push)) {
          return reply;
        }
      }
    } catch (ProtocolException e) {
      throw new IOException("the server does not speak the Redis protocol: " + e.getMessage(), e);
    }
  }

  private void receiveMore() throws IOException {
    if (!received.isReadable()) {
      received.clear();
    } else {
      received.discardSomeReadBytes();
    }
    int count = received.writeBytes(in, CHUNK);
    if (count < 0) {
      throw new EOFException("the server closed the connection");
    }
  }

  /** Whether the server has gone since the last reply. Only while no reply is awaited. */
  public boolean isGone() {
    try {
      int timeout = socket.getSoTimeout();
      socket.setSoTimeout(1);
      try {
        int count = received.writeBytes(in, CHUNK);
        return count < 0;
      } catch (SocketTimeoutException e) {
        return false;
      } finally {
        socket.setSoTimeout(timeout);
      }
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static int millis(Duration duration) {
    return (int) Math.min(duration.toMillis(), Integer.MAX_VALUE);
  }
}
