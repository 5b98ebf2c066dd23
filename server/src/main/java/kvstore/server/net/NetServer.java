package kvstore.server.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kvstore.protocol.CommandTable;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.ClientStatistics;
import kvstore.server.console.NodeView;
import kvstore.server.router.DataPath;
import org.jspecify.annotations.Nullable;

/**
 * The client port. {@link #bind} takes the port at once, so that one in use is told early; clients
 * are accepted from {@link #start} on and wait in the kernel's queue until then.
 */
public final class NetServer {

  private static final int BACKLOG = 1024;
  private static final long IDLE_CHECK_MILLIS = 100;
  private static final long DRAIN_CHECK_MILLIS = 5;

  /**
   * What the server is given.
   *
   * @param clock wall-clock time, for TIME and INFO
   * @param stop begins the clean stop of the node and returns at once (SHUTDOWN)
   */
  public record Setup(
      ServerOptions options, ClientStatistics statistics, InstantSource clock, Runnable stop) {

    public static Setup of(ServerOptions options, InstantSource clock, Runnable stop) {
      return new Setup(
          options, new ClientStatistics(CommandIndex.names(CommandTable.standard())), clock, stop);
    }
  }

  private final Setup setup;
  private final MultiThreadIoEventLoopGroup group;
  private final Channel listener;
  private volatile @Nullable Gateway gateway;
  private volatile Map<EventLoop, Gateway.Loop> loops = Map.of();

  private NetServer(Setup setup, MultiThreadIoEventLoopGroup group, Channel listener) {
    this.setup = setup;
    this.group = group;
    this.listener = listener;
  }

  /**
   * Listens, but does not accept yet.
   *
   * @throws IOException if the address cannot be had
   */
  public static NetServer bind(Setup setup, Endpoints endpoints) throws IOException {
    MultiThreadIoEventLoopGroup group =
        EventLoops.create("client-io", setup.options().process().ioThreads());
    Greeter greeter = new Greeter();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(EventLoops.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(greeter);
    var bound = bootstrap.bind(endpoints.host(), endpoints.port()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      throw new IOException(
          "expected to listen for clients on "
              + endpoints.host()
              + ":"
              + endpoints.port()
              + ", but "
              + bound.cause().getMessage(),
          bound.cause());
    }
    NetServer server = new NetServer(setup, group, bound.channel());
    greeter.server = server;
    return server;
  }

  /** The client port, as bound. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Accepts clients from now on. */
  public void start(Endpoints endpoints, DataPath data, NodeView node) {
    Endpoints bound =
        new Endpoints(
            endpoints.host(),
            endpoints.advertiseHost(),
            port(),
            endpoints.peerPort(),
            endpoints.httpPort());
    Gateway started = new Gateway(setup, bound, data, node);
    Map<EventLoop, Gateway.Loop> homes = new IdentityHashMap<>();
    for (EventExecutor executor : group) {
      EventLoop loop = (EventLoop) executor;
      homes.put(loop, started.newLoop(loop));
    }
    loops = homes;
    gateway = started;
    var unused =
        group.scheduleWithFixedDelay(
            () -> endIdle(started), IDLE_CHECK_MILLIS, IDLE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    listener.config().setAutoRead(true);
  }

  /**
   * Stops accepting, lets every connection answer what it has read, and closes it; what is not
   * answered within {@code patience} is closed as it is. Blocks; not on an event loop.
   */
  public void stop(Duration patience) {
    listener.close().awaitUninterruptibly();
    Gateway started = gateway;
    if (started != null) {
      started.clients().all().forEach(Connection::drain);
      awaitEmpty(started.clients(), patience);
      started.clients().all().forEach(Connection::kill);
    }
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static void awaitEmpty(ClientRegistry clients, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      while (clients.size() > 0 && System.nanoTime() < deadline) {
        Thread.sleep(DRAIN_CHECK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void endIdle(Gateway gateway) {
    long limit = gateway.idleTimeout().toNanos();
    if (limit == 0) {
      return;
    }
    for (Connection client : gateway.clients().all()) {
      if (client.idleNanos() > limit && client.pending() == 0) {
        client.kill();
      }
    }
  }

  private void greet(Channel channel) {
    Gateway started = gateway;
    Gateway.Loop home = loops.get(channel.eventLoop());
    if (started == null || home == null) {
      channel.close();
      return;
    }
    if (started.clients().size() >= started.maxClients()) {
      started.statistics().rejected();
      ReplyWriter.writeAndClose(channel, Failures.TOO_MANY_CLIENTS);
      return;
    }
    Connection connection = new Connection(started, home, started.clients().nextId(), channel);
    started.clients().add(connection);
    started.statistics().accepted();
    channel.closeFuture().addListener(future -> started.statistics().closed());
    channel.pipeline().addLast(connection);
  }

  private static final class Greeter extends ChannelInitializer<Channel> {

    /** Set before anything is accepted. */
    private volatile @Nullable NetServer server;

    @Override
    protected void initChannel(Channel channel) {
      NetServer known = server;
      if (known == null) {
        channel.close();
      } else {
        known.greet(channel);
      }
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }
}
