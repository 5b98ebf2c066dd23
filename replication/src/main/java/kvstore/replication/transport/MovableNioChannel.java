package kvstore.replication.transport;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An accepted NIO channel whose socket can be given to another event loop. */
final class MovableNioChannel extends NioSocketChannel {

  private MovableNioChannel(@Nullable Channel parent, SocketChannel socket) {
    super(parent, socket);
  }

  MovableNioChannel takeOver() {
    return new MovableNioChannel(null, javaChannel());
  }

  /** Accepts such channels. */
  static final class Server extends NioServerSocketChannel {
    @Override
    protected int doReadMessages(List<Object> accepted) throws IOException {
      SocketChannel socket = javaChannel().accept();
      if (socket == null) {
        return 0;
      }
      accepted.add(new MovableNioChannel(this, socket));
      return 1;
    }
  }
}
