package kvstore.replication.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The accepting side of a transport: lets peers in and hands their requests to handlers. */
final class PeerServer {

  private static final Logger log = LoggerFactory.getLogger(PeerServer.class);

  private record Peer(NodeId node, Lane lane) {}

  private final TransportOptions options;
  private final Credentials credentials;
  private final IoLoops loops;
  private final ByteBufAllocator allocator;
  private final HandlerTable handlers;
  private final @Nullable SslContext tls;
  private final RefusalLog refusals = new RefusalLog(log);
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final Map<Peer, Channel> welcomed = new ConcurrentHashMap<>();
  private final AtomicInteger strangers = new AtomicInteger();
  private final Channel listener;

  PeerServer(
      TransportOptions options,
      Credentials credentials,
      IoLoops loops,
      ByteBufAllocator allocator,
      HandlerTable handlers)
      throws IOException {
    this.options = options;
    this.credentials = credentials;
    this.loops = loops;
    this.allocator = allocator;
    this.handlers = handlers;
    TlsFiles files = options.tls();
    this.tls = files == null ? null : files.forServer();
    this.listener = listen();
  }

  private Channel listen() throws IOException {
    var bound =
        new ServerBootstrap()
            .group(loops.acceptor())
            .channelFactory(loops::newServerChannel)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, 256)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOCATOR, allocator)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(1).maxMessagesPerRead(1))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channels.add(channel);
                    channel.pipeline().addLast(new LaneDoor(PeerServer.this));
                  }
                })
            .bind(options.host(), options.port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen for peers on " + options.host() + ":" + options.port(), bound.cause());
    }
    return bound.channel();
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Starts the handshake on a connection whose lane is known, on its lane's event loop. */
  void greet(SocketChannel channel, EventLoop loop, Lane lane, int version, String remote) {
    channel.config().setAllocator(allocator);
    channel.config().setTcpNoDelay(true);
    channel.config().setKeepAlive(true);
    ChannelPipeline pipeline = channel.pipeline();
    if (tls != null) {
      pipeline.addLast(tls.newHandler(allocator));
    }
    pipeline.addLast(new FrameDecoder());
    pipeline.addLast(new ServerHandshake(this, lane, version, remote));
    loop.register(channel)
        .addListener(done -> {
          if (done.isSuccess()) {
            // Not before: a channel without an event loop cannot be closed with the others. If
            // those are closed by now, so is this one.
            channels.add(channel);
          } else {
            strangerLeft(); // Netty has closed the channel
          }
        });
  }

  /** The other side has proved itself. */
  void welcome(ChannelHandlerContext context, NodeId from, Lane lane) {
    Channel channel = context.channel();
    answer(context, new PeerInbound(options, handlers, from, lane));
    Peer peer = new Peer(from, lane);
    Channel previous = welcomed.put(peer, channel);
    channel.closeFuture().addListener(closed -> welcomed.remove(peer, channel));
    if (previous != null) {
      // The peer has lost that connection, or it would not have made this one.
      log.info("{} connected again on lane {}; closing its previous connection", from, lane);
      previous.close();
    } else {
      log.info("{} connected on lane {} from {}", from, lane, channel.remoteAddress());
    }
  }

  /** The other side knows the secret, but is no node of the cluster yet. */
  void welcomeJoining(ChannelHandlerContext context, NodeId from, Lane lane) {
    answer(context, new PeerInbound(options, handlers.only(TransportOptions.JOIN), from, lane));
  }

  private void answer(ChannelHandlerContext context, PeerInbound inbound) {
    context.channel().pipeline().get(FrameDecoder.class).allow(options.limits().maxFrameBytes());
    context.pipeline().replace(context.handler(), null, inbound);
  }

  /** Counts a connection that has not proved itself; false if there are too many. */
  boolean admitStranger(Channel channel) {
    if (strangers.incrementAndGet() > options.limits().maxStrangers()) {
      strangers.decrementAndGet();
      refusals.warn(
          "Closed a peer connection from "
              + channel.remoteAddress()
              + ": too many connections are in their handshake");
      return false;
    }
    return true;
  }

  /** The channel's socket goes to another channel: this one must not be closed any more. */
  void forget(Channel channel) {
    channels.remove(channel);
  }

  void strangerLeft() {
    strangers.decrementAndGet();
  }

  int strangers() {
    return strangers.get();
  }

  TransportOptions options() {
    return options;
  }

  Duration handshakeTimeout() {
    return options.timings().handshakeTimeout();
  }

  Credentials credentials() {
    return credentials;
  }

  IoLoops loops() {
    return loops;
  }

  RefusalLog refusals() {
    return refusals;
  }

  /** Closes every connection, as a network might; for tests. */
  void dropConnections() {
    welcomed.values().forEach(Channel::close);
  }

  void close() {
    listener.close().awaitUninterruptibly();
    channels.close().awaitUninterruptibly(2_000);
  }
}
