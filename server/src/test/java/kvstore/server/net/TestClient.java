package kvstore.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import kvstore.protocol.Reply;
import kvstore.protocol.ReplyDecoder;
import kvstore.protocol.RespEncoder;

/** A blocking client over a plain socket. */
final class TestClient implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 10_000;

  final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final ByteBuf received = Unpooled.buffer();
  private final ReplyDecoder decoder = new ReplyDecoder();

  TestClient(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = socket.getInputStream();
      out = socket.getOutputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends without waiting. */
  TestClient send(String... words) {
    ByteBuf request = Unpooled.buffer();
    RespEncoder.writeRequest(
        Arrays.stream(words).map(String::getBytes).toArray(byte[][]::new), request);
    return sendBytes(Arrays.copyOf(request.array(), request.readableBytes()));
  }

  /** Sends bytes as they are. */
  TestClient raw(String text) {
    return sendBytes(text.getBytes());
  }

  TestClient sendBytes(byte[] bytes) {
    try {
      out.write(bytes);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Reply read() {
    try {
      while (true) {
        Reply reply = decoder.decode(received);
        if (reply != null) {
          return reply;
        }
        byte[] chunk = new byte[8192];
        int length = in.read(chunk);
        if (length < 0) {
          throw new UncheckedIOException(new IOException("closed by the server"));
        }
        received.writeBytes(chunk, 0, length);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Reply call(String... words) {
    return send(words).read();
  }

  /** The reply as text: what a person would read of it. */
  String ask(String... words) {
    return show(call(words));
  }

  String answer() {
    return show(read());
  }

  static String show(Reply reply) {
    if (reply instanceof Reply.Simple simple) {
      return simple.text();
    }
    if (reply instanceof Reply.Failure failure) {
      return "-" + failure.message();
    }
    if (reply instanceof Reply.Int number) {
      return Long.toString(number.value());
    }
    if (reply instanceof Reply.Bulk bulk) {
      return new String(bulk.value());
    }
    if (reply instanceof Reply.Verbatim verbatim) {
      return verbatim.text();
    }
    if (reply instanceof Reply.Nil || reply instanceof Reply.NilArray) {
      return "(nil)";
    }
    if (reply instanceof Reply.Array array) {
      return array.items().stream().map(TestClient::show).toList().toString();
    }
    if (reply instanceof Reply.Pairs pairs) {
      return "{" + pairs.keysAndValues().stream().map(TestClient::show).toList() + "}";
    }
    if (reply instanceof Reply.Distinct distinct) {
      return "~" + distinct.items().stream().map(TestClient::show).toList();
    }
    return reply.toString();
  }

  /** Whether the server has closed, after all it sent was read. */
  boolean isClosedByServer() {
    try {
      byte[] chunk = new byte[8192];
      while (in.read(chunk) >= 0) {
        // drop what comes before the end
      }
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
