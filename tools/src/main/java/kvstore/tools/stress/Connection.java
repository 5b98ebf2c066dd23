package kvstore.tools.stress;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import kvstore.tools.Endpoint;

/** A socket that never blocks, with a buffer each way. Owned by the client's thread. */
final class Connection {

  private final ByteBuffer in;
  private final ByteBuffer out;
  private final SocketChannel channel;
  private final SelectionKey key;

  /** Begins to connect; {@code buffers} are used by nobody else meanwhile. */
  Connection(Selector selector, Endpoint target, ByteBuffer in, ByteBuffer out, Object attachment)
      throws IOException {
    this.in = in.clear();
    this.out = out.clear();
    this.channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      InetSocketAddress address = new InetSocketAddress(target.host(), target.port());
      if (address.isUnresolved()) {
        throw new IOException("unknown host " + target.host());
      }
      boolean connected = channel.connect(address);
      key =
          channel.register(
              selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, attachment);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  boolean isConnected() {
    return channel.isConnected();
  }

  /** To be called when the socket is ready for it. */
  void finishConnect() throws IOException {
    channel.finishConnect();
    key.interestOps(SelectionKey.OP_READ);
  }

  /** Room for requests that have not been sent. */
  ByteBuffer out() {
    return out;
  }

  /** Sends what it can; the selector tells when more can be sent. The number of bytes. */
  int flush() throws IOException {
    if (out.position() == 0) {
      return 0;
    }
    out.flip();
    int sent;
    try {
      sent = channel.write(out);
    } finally {
      out.compact();
    }
    int wanted =
        out.position() == 0 ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
    if (key.interestOps() != wanted) {
      key.interestOps(wanted);
    }
    return sent;
  }

  /** Bytes that have come, to be read from; {@link #consumed} must follow. */
  ByteBuffer receive() throws IOException {
    int read = channel.read(in);
    in.flip();
    if (read < 0) {
      throw new EOFException("the server closed the connection");
    }
    return in;
  }

  /** Keeps what was not read off the buffer. */
  void consumed() {
    in.compact();
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // closed all the same
    }
  }
}
