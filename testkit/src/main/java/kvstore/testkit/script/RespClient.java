package kvstore.testkit.script;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.protocol.ReplyDecoder;
import org.jspecify.annotations.Nullable;

/** One blocking connection that speaks RESP. For one thread at a time. */
public final class RespClient implements AutoCloseable {

  private static final int BUFFER = 64 << 10;

  private final Socket socket = new Socket();
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final ByteBuf received = Unpooled.buffer(BUFFER);
  private final byte[] chunk = new byte[BUFFER];

  /**
   * Connects.
   *
   * @param patience longest wait for the connection and for each reply
   */
  public RespClient(InetSocketAddress address, Duration patience) throws IOException {
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
      socket.connect(address, Math.toIntExact(patience.toMillis()));
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Sends a command and waits for its reply. */
  public Reply call(String... words) throws IOException {
    send(words);
    return receive();
  }

  /** The reply as one line of text: a bulk string bare, all else as {@code redis-cli} shows it. */
  public @Nullable String ask(String... words) throws IOException {
    Reply reply = call(words);
    if (reply instanceof Reply.Nil) {
      return null;
    }
    if (reply instanceof Reply.Bulk bulk) {
      return new String(bulk.value(), StandardCharsets.UTF_8);
    }
    return String.join("\n", Rendering.lines(reply));
  }

  public void send(String... words) throws IOException {
    List<byte[]> bytes = new ArrayList<>();
    for (String word : words) {
      bytes.add(word.getBytes(StandardCharsets.UTF_8));
    }
    sendBytes(encode(bytes));
  }

  public void sendBytes(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /**
   * Waits for the next reply.
   *
   * @throws EOFException if the server has closed the connection
   * @throws SocketTimeoutException if none came in time
   */
  public Reply receive() throws IOException {
    while (true) {
      Reply reply = decoder.decode(received);
      if (reply != null) {
        received.discardSomeReadBytes();
        return reply;
      }
      int count = read();
      if (count < 0) {
        throw new EOFException("the server closed the connection");
      }
      received.writeBytes(chunk, 0, count);
    }
  }

  private int read() throws IOException {
    try {
      return socket.getInputStream().read(chunk);
    } catch (SocketException e) {
      return -1; // reset: closed by a server that had not read everything
    }
  }

  static byte[] encode(List<byte[]> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (byte[] word : words) {
      out.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(word);
      out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    return out.toByteArray();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
