package kvstore.server.console;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.server.config.Endpoints;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP port, on a thread of its own, so that it answers however busy the clients' loops are. It
 * answers from the moment it is bound; until {@link #show} the node is alive but not ready.
 */
public final class HttpConsole {

  private static final int MOST_CONNECTIONS = 64;
  private static final int LARGEST_BODY = 1024;
  private static final int IDLE_SECONDS = 30;

  private final MultiThreadIoEventLoopGroup group;
  private final ClientStatistics clients;
  private final AtomicInteger connections = new AtomicInteger();
  private volatile @Nullable NodeView node;
  private volatile @Nullable Channel listener;

  private HttpConsole(MultiThreadIoEventLoopGroup group, ClientStatistics clients) {
    this.group = group;
    this.clients = clients;
  }

  /**
   * Listens and answers.
   *
   * @throws IOException if the address cannot be had
   */
  public static HttpConsole bind(Endpoints endpoints, ClientStatistics clients) throws IOException {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
    HttpConsole console = new HttpConsole(group, clients);
    var bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(console.initializer())
            .bind(endpoints.host(), endpoints.httpPort())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      throw new IOException(
          "expected to listen for HTTP on "
              + endpoints.host()
              + ":"
              + endpoints.httpPort()
              + ", but "
              + bound.cause().getMessage(),
          bound.cause());
    }
    console.listener = bound.channel();
    return console;
  }

  /** The HTTP port, as bound. */
  public int port() {
    Channel bound = listener;
    if (bound == null) {
      throw new IllegalStateException("not bound");
    }
    return ((InetSocketAddress) bound.localAddress()).getPort();
  }

  /** From now on the node can be looked at, and is ready when its shards are. */
  public void show(NodeView view) {
    node = view;
  }

  /** From now on the node is not ready. */
  public void hide() {
    node = null;
  }

  /** Blocks until the port is free. */
  public void close() {
    Channel bound = listener;
    if (bound != null) {
      bound.close().awaitUninterruptibly();
    }
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private ChannelInitializer<Channel> initializer() {
    Metrics metrics = new Metrics(clients, () -> node);
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        if (connections.incrementAndGet() > MOST_CONNECTIONS) {
          connections.decrementAndGet();
          channel.close();
          return;
        }
        channel.closeFuture().addListener(future -> connections.decrementAndGet());
        channel
            .pipeline()
            .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
            .addLast(new HttpServerCodec())
            .addLast(new HttpObjectAggregator(LARGEST_BODY))
            .addLast(new HttpHandler(metrics, clients, () -> node));
      }
    };
  }
}
