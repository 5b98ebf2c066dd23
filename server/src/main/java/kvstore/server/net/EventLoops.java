package kvstore.server.net;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.List;
import kvstore.server.config.ClientIo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event loops for clients.
 *
 * @param io what they read and write with, never {@link ClientIo#AUTO}
 * @param channel what listens on them
 */
record EventLoops(
    MultiThreadIoEventLoopGroup group, ClientIo io, Class<? extends ServerChannel> channel) {

  private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);

  /**
   * Starts the loops.
   *
   * @throws IOException if the system does not offer what is wanted
   */
  static EventLoops open(ClientIo wanted, String name, int threads) throws IOException {
    if (wanted != ClientIo.AUTO) {
      try {
        return openOne(wanted, name, threads);
      } catch (IOException e) {
        throw new IOException(
            "option client-io: expected a system that offers "
                + wanted.word()
                + ", but "
                + e.getMessage()
                + "; leave the option at auto, or choose another",
            e);
      }
    }
    for (ClientIo io : List.of(ClientIo.IO_URING, ClientIo.EPOLL)) {
      try {
        return openOne(io, name, threads);
      } catch (IOException e) {
        LOG.debug("clients are served without {}: {}", io.word(), e.getMessage());
      }
    }
    return openOne(ClientIo.NIO, name, threads);
  }

  private static EventLoops openOne(ClientIo io, String name, int threads) throws IOException {
    return switch (io) {
      case IO_URING -> {
        require(IoUring.isAvailable(), IoUring.unavailabilityCause());
        if (!IoUring.isRecvMultishotEnabled()) {
          throw new IOException("this Linux is older than 6.0");
        }
        yield open(
            io, name, threads, IoUringIoHandler.newFactory(), IoUringServerSocketChannel.class);
      }
      case EPOLL -> {
        require(Epoll.isAvailable(), Epoll.unavailabilityCause());
        yield open(io, name, threads, EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
      }
      case NIO -> open(io, name, threads, NioIoHandler.newFactory(), NioServerSocketChannel.class);
      case AUTO -> throw new IllegalArgumentException("not one of the system's ways");
    };
  }

  private static void require(boolean available, Throwable cause) throws IOException {
    if (!available) {
      Throwable first = cause;
      while (first.getCause() != null) {
        first = first.getCause();
      }
      throw new IOException("there is none here (" + first.getMessage() + ")", cause);
    }
  }

  private static EventLoops open(
      ClientIo io,
      String name,
      int threads,
      IoHandlerFactory factory,
      Class<? extends ServerChannel> channel)
      throws IOException {
    try {
      var group = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name), factory);
      return new EventLoops(group, io, channel);
    } catch (RuntimeException e) { // such as a limit on files or on locked memory
      throw new IOException("it could not be had (" + e.getMessage() + ")", e);
    }
  }
}
