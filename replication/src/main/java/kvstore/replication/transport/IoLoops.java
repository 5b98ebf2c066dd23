package kvstore.replication.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;

/** The event loops of a transport: one for {@link Lane#CONTROL}, some for the other lanes. */
final class IoLoops {

  private final boolean epoll;
  private final EventLoopGroup controlGroup;
  private final EventLoopGroup dataGroup;
  private final EventLoop control;
  private final List<EventLoop> data = new ArrayList<>();

  /**
   * @param nativeIo whether to use epoll where there is one
   */
  IoLoops(NodeId self, int dataThreads, boolean nativeIo) {
    epoll = nativeIo && Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    controlGroup =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("peer-control-" + self, true), io);
    dataGroup =
        new MultiThreadIoEventLoopGroup(
            dataThreads, new DefaultThreadFactory("peer-data-" + self, true), io);
    control = controlGroup.next();
    dataGroup.forEach(loop -> data.add((EventLoop) loop));
  }

  /** The loop for a connection of a lane; {@code seed} spreads connections if there are many. */
  EventLoop loop(Lane lane, int seed) {
    if (lane == Lane.CONTROL) {
      return control;
    }
    // With few loops the lanes keep apart; with many, the peers do.
    int spread = data.size() > 3 ? seed : 0;
    int place =
        switch (lane) {
          case FORWARD -> 1;
          case SNAPSHOT -> 2;
          default -> 0;
        };
    return data.get(Math.floorMod(place + spread, data.size()));
  }

  /** The loop that accepts connections and reads their first bytes. */
  EventLoopGroup acceptor() {
    return controlGroup;
  }

  ServerSocketChannel newServerChannel() {
    return epoll ? new EpollServerSocketChannel() : new MovableNioChannel.Server();
  }

  SocketChannel newClientChannel() {
    return epoll ? new EpollSocketChannel() : new NioSocketChannel();
  }

  /**
   * A new channel over an accepted channel's socket, for another event loop: Netty binds a channel
   * to one loop for life, and the lane is known only once its first bytes are read. The old channel
   * must have been deregistered, and be forgotten without being closed.
   */
  SocketChannel takeOver(Channel accepted) {
    if (accepted instanceof EpollSocketChannel channel) {
      return new EpollSocketChannel(channel.fd().intValue());
    }
    return ((MovableNioChannel) accepted).takeOver();
  }

  /** Stops the loops, after what they have been given to do; waits a bounded time. */
  void close() {
    var controlDone = controlGroup.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    var dataDone = dataGroup.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    controlDone.awaitUninterruptibly(3, TimeUnit.SECONDS);
    dataDone.awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
