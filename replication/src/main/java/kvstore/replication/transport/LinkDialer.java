package kvstore.replication.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections for one {@link PeerLink}. Event loop only, unless said otherwise. */
final class LinkDialer {

  private static final Logger log = LoggerFactory.getLogger(LinkDialer.class);

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(512 * 1024, 1024 * 1024);

  /** What all dialers of a transport share. */
  interface Source {
    LinkDialer dialer(PeerLink link);
  }

  /**
   * @param resolver runs blocking name look-ups
   * @param joined told of each connection made, on its event loop
   */
  record Shared(
      TransportOptions options,
      Credentials credentials,
      IoLoops loops,
      ByteBufAllocator allocator,
      @Nullable SslContext tls,
      PeerAddresses addresses,
      Executor resolver,
      RefusalLog refusals,
      Consumer<PeerLink> joined) {}

  private final PeerLink link;
  private final Shared shared;
  private final FaultGate gate;
  private @Nullable Channel channel;
  private boolean abandoned;

  LinkDialer(PeerLink link, Shared shared) {
    this.link = link;
    this.shared = shared;
    NodeId self = shared.options().self();
    this.gate = new FaultGate(shared.options().faults(), self, link.peer(), link.lane());
  }

  /** Starts an attempt, which ends in one call of the link's joined or unreachable. */
  void dial() {
    PeerAddresses.Address address = shared.addresses().get(link.peer());
    if (address == null) {
      link.unreachable("its address is not known");
      return;
    }
    if (gate.severed()) {
      long timeout = shared.options().timings().connectTimeout().toNanos();
      link.loop().schedule(() -> link.unreachable("timed out"), timeout, TimeUnit.NANOSECONDS);
      return;
    }
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(address.host());
    if (literal != null) {
      try {
        connect(new InetSocketAddress(InetAddress.getByAddress(literal), address.port()));
      } catch (UnknownHostException e) {
        link.unreachable("bad address " + address.host());
      }
      return;
    }
    try {
      shared.resolver().execute(() -> resolve(address));
    } catch (RejectedExecutionException e) {
      link.unreachable("the transport is closed");
    }
  }

  /** On the resolver's thread: a look-up may block. */
  private void resolve(PeerAddresses.Address address) {
    InetSocketAddress resolved = new InetSocketAddress(address.host(), address.port());
    try {
      link.loop().execute(() -> connect(resolved));
    } catch (RejectedExecutionException e) {
      log.debug("The transport closed while {} was looked up", address.host());
    }
  }

  private void connect(InetSocketAddress address) {
    if (abandoned) {
      return;
    }
    if (address.isUnresolved()) {
      link.unreachable("unknown host " + address.getHostString());
      return;
    }
    int timeout = (int) shared.options().timings().connectTimeout().toMillis();
    ChannelFuture connecting =
        new Bootstrap()
            .group(link.loop())
            .channelFactory(shared.loops()::newClientChannel)
            .option(ChannelOption.ALLOCATOR, shared.allocator())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeout)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel opened) {
                    build(opened.pipeline());
                  }
                })
            .connect(address);
    channel = connecting.channel();
    connecting.addListener(done -> {
      if (!done.isSuccess()) {
        link.unreachable(String.valueOf(done.cause().getMessage()));
      }
    });
  }

  private void build(ChannelPipeline pipeline) {
    pipeline.addLast(new Preamble(link.lane()));
    if (shared.tls() != null) {
      pipeline.addLast(shared.tls().newHandler(shared.allocator()));
    }
    pipeline.addLast(new FrameDecoder());
    pipeline.addLast(
        new ClientHandshake(
            shared.options(),
            shared.credentials(),
            link.peer(),
            link.lane(),
            new ClientHandshake.Outcome() {
              @Override
              public void trusted(ChannelHandlerContext context) {
                join(context);
              }

              @Override
              public void refused(String reason) {
                shared
                    .refusals()
                    .warn(
                        "No trust between us and "
                            + link.peer()
                            + " on lane "
                            + link.lane()
                            + ": "
                            + reason);
                link.unreachable(reason);
              }
            }));
  }

  private void join(ChannelHandlerContext context) {
    if (abandoned) {
      context.close();
      return;
    }
    Channel joined = context.channel();
    joined.pipeline().get(FrameDecoder.class).allow(shared.options().limits().maxFrameBytes());
    LinkConnection connection = link.joined(joined, gate);
    context.pipeline().replace(context.handler(), null, connection);
    shared.joined().accept(link);
  }

  /** Gives up whatever is under way. */
  void abandon() {
    abandoned = true;
    if (channel != null) {
      channel.close();
    }
  }

  /** Says the preamble, in the clear, before anything else on the connection. */
  private static final class Preamble extends ChannelInboundHandlerAdapter {
    private final Lane lane;

    Preamble(Lane lane) {
      this.lane = lane;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.write(HandshakeFrames.preamble(context.alloc(), lane));
      context.fireChannelActive();
      context.flush();
    }
  }
}
