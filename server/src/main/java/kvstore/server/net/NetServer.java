package kvstore.server.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
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
import kvstore.server.config.ProcessOptions;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.ClientStatistics;
import kvstore.server.console.NodeView;
import kvstore.server.router.DataPath;
import org.jspecify.annotations.Nullable;

/**
 * The two client ports, the plain one and the one for cluster-aware clients. {@link #bind} takes
 * them at once, so that one in use is told early; clients are accepted from {@link #start} on and
 * wait in the kernel's queue until then.
 */
public final class NetServer {

  /** Connections made and not yet accepted; the system may allow fewer. */
  private static final int BACKLOG = 4096;

  /**
   * Connections accepted between two looks at those that are there: with thousands of them a look
   * takes long, and all want to come back at once after a failure.
   */
  private static final int MOST_ACCEPTED_AT_ONCE = 256;

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
  private final EventLoops eventLoops;
  private final Channel listener;
  private final Channel clusterListener;
  private volatile @Nullable Gateway gateway;
  private volatile Map<EventLoop, Gateway.Loop> loops = Map.of();

  private NetServer(Setup setup, EventLoops eventLoops, Channel listener, Channel clusterListener) {
    this.setup = setup;
    this.eventLoops = eventLoops;
    this.listener = listener;
    this.clusterListener = clusterListener;
  }

  /**
   * Listens, but does not accept yet.
   *
   * @throws IOException if an address cannot be had, or what the options want of the system
   */
  public static NetServer bind(Setup setup, Endpoints endpoints) throws IOException {
    ProcessOptions options = setup.options().process();
    EventLoops loops = EventLoops.open(options.clientIo(), "client-io", options.ioThreads());
    try {
      Greeter plain = new Greeter(Door.PLAIN);
      Greeter cluster = new Greeter(Door.CLUSTER);
      Channel listener = listen(loops, plain, endpoints.host(), endpoints.port());
      Channel clusterListener = listen(loops, cluster, endpoints.host(), endpoints.clusterPort());
      NetServer server = new NetServer(setup, loops, listener, clusterListener);
      plain.server = server;
      cluster.server = server;
      return server;
    } catch (IOException e) {
      loops.group().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      throw e;
    }
  }

  private static Channel listen(EventLoops loops, Greeter greeter, String host, int port)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.channel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new ServerChannelRecvByteBufAllocator().maxMessagesPerRead(MOST_ACCEPTED_AT_ONCE))
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(greeter);
    var bound = bootstrap.bind(host, port).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "expected to listen for "
              + (greeter.door == Door.PLAIN ? "clients" : "cluster clients")
              + " on "
              + host
              + ":"
              + port
              + ", but "
              + bound.cause().getMessage(),
          bound.cause());
    }
    return bound.channel();
  }

  /** The client port, as bound. */
  public int port() {
    return portOf(listener);
  }

  /** The port for cluster-aware clients, as bound. */
  public int clusterPort() {
    return portOf(clusterListener);
  }

  private static int portOf(Channel channel) {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /** Accepts clients from now on. */
  public void start(Endpoints endpoints, DataPath data, NodeView node) {
    Endpoints bound = endpoints.bound(port(), clusterPort());
    Gateway started = new Gateway(setup, eventLoops.io(), bound, data, node);
    Map<EventLoop, Gateway.Loop> homes = new IdentityHashMap<>();
    for (EventExecutor executor : eventLoops.group()) {
      EventLoop loop = (EventLoop) executor;
      homes.put(loop, started.newLoop(loop));
    }
    loops = homes;
    gateway = started;
    MemoryKeeper keeper = new MemoryKeeper(data.memory(), started.clients());
    Runnable check =
        () -> {
          endIdle(started);
          keeper.look();
        };
    var unused =
        eventLoops
            .group()
            .next()
            .scheduleWithFixedDelay(
                check, IDLE_CHECK_MILLIS, IDLE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    listener.config().setAutoRead(true);
    clusterListener.config().setAutoRead(true);
  }

  /**
   * Stops accepting, lets every connection answer what it has read, and closes it; what is not
   * answered within {@code patience} is closed as it is. Blocks; not on an event loop.
   */
  public void stop(Duration patience) {
    listener.close().awaitUninterruptibly();
    clusterListener.close().awaitUninterruptibly();
    Gateway started = gateway;
    if (started != null) {
      started.clients().all().forEach(Connection::drain);
      awaitEmpty(started.clients(), patience);
      started.clients().all().forEach(Connection::kill);
    }
    eventLoops.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
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

  private void greet(Channel channel, Door door) {
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
    Connection connection =
        new Connection(started, home, started.clients().nextId(), channel, door);
    started.clients().add(connection);
    started.statistics().accepted();
    channel.closeFuture().addListener(future -> started.statistics().closed());
    channel.pipeline().addLast(connection);
  }

  private static final class Greeter extends ChannelInitializer<Channel> {

    private final Door door;

    /** Set before anything is accepted. */
    private volatile @Nullable NetServer server;

    Greeter(Door door) {
      this.door = door;
    }

    @Override
    protected void initChannel(Channel channel) {
      NetServer known = server;
      if (known == null) {
        channel.close();
      } else {
        known.greet(channel, door);
      }
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }
}
