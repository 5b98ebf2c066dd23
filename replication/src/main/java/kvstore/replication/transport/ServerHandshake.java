package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Credentials.Role;
import kvstore.replication.transport.Credentials.Transcript;
import kvstore.replication.transport.HandshakeFrames.Hello;
import org.jspecify.annotations.Nullable;

/** The accepting side of the handshake: HELLO, CHALLENGE, PROOF, WELCOME. */
final class ServerHandshake extends SimpleChannelInboundHandler<ByteBuf> {

  private final PeerServer server;
  private final Lane lane;
  private final int preambleVersion;
  private final String remote;
  private @Nullable Transcript transcript;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean settled;

  ServerHandshake(PeerServer server, Lane lane, int preambleVersion, String remote) {
    this.server = server;
    this.lane = lane;
    this.preambleVersion = preambleVersion;
    this.remote = remote;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    deadline =
        context
            .channel()
            .eventLoop()
            .schedule(
                () -> refuse(context, "the handshake took too long"),
                server.handshakeTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
    if (settled) {
      return;
    }
    byte kind = frame.readByte();
    if (kind == Frames.HELLO && transcript == null) {
      hello(context, frame);
    } else if (kind == Frames.PROOF && transcript != null) {
      proof(context, frame, transcript);
    } else if (kind == Frames.REFUSE) {
      settle();
      server.refusals().warn(remote + " refused us: " + HandshakeFrames.readRefusal(frame));
      context.close();
    } else {
      refuse(context, "unexpected frame of kind " + kind + " in the handshake");
    }
  }

  private void hello(ChannelHandlerContext context, ByteBuf frame) {
    if (preambleVersion != Frames.VERSION) {
      refuse(
          context,
          "expected peer protocol version " + Frames.VERSION + ", but got " + preambleVersion);
      return;
    }
    Hello hello = HandshakeFrames.readHello(frame);
    if (hello == null || hello.version() != Frames.VERSION || hello.lane() != lane.code()) {
      refuse(context, "malformed greeting");
      return;
    }
    boolean joining = hello.clusterId().equals(TransportOptions.JOINING);
    if (!joining && !hello.clusterId().equals(server.options().clusterId())) {
      refuse(context, "this node belongs to another cluster");
      return;
    }
    if (!joining && !hello.to().equals(server.options().self().value())) {
      refuse(context, "this node is not the one you look for; check the peer addresses");
      return;
    }
    byte[] nonce = server.credentials().nonce();
    transcript =
        new Transcript(
            Frames.VERSION,
            lane.code(),
            hello.clusterId(),
            hello.from(),
            hello.to(),
            hello.nonce(),
            nonce);
    context.writeAndFlush(HandshakeFrames.bytes(context.alloc(), Frames.CHALLENGE, nonce));
  }

  private void proof(ChannelHandlerContext context, ByteBuf frame, Transcript agreed) {
    byte[] proof = HandshakeFrames.readBytes(frame);
    if (proof == null || !server.credentials().proves(proof, Role.CLIENT, agreed)) {
      refuse(context, "the cluster secrets differ");
      return;
    }
    NodeId from;
    try {
      from = new NodeId(agreed.client());
    } catch (IllegalArgumentException e) {
      refuse(context, "malformed node id");
      return;
    }
    boolean joining = agreed.clusterId().equals(TransportOptions.JOINING);
    String objection =
        joining
            ? null
            : server
                .options()
                .acquaintances()
                .objection(from, Credentials.lifeIn(agreed.clientNonce()));
    if (objection != null) {
      refuse(context, objection);
      return;
    }
    settle();
    byte[] ours = server.credentials().proof(Role.SERVER, agreed);
    context.writeAndFlush(HandshakeFrames.bytes(context.alloc(), Frames.WELCOME, ours));
    if (joining) {
      server.welcomeJoining(context, from, lane);
    } else {
      server.welcome(context, from, lane);
    }
  }

  private void refuse(ChannelHandlerContext context, String reason) {
    if (settled) {
      return;
    }
    settle();
    server.refusals().warn("Refused a peer connection from " + remote + ": " + reason);
    context
        .writeAndFlush(HandshakeFrames.refuse(context.alloc(), reason))
        .addListener(ChannelFutureListener.CLOSE);
  }

  private void settle() {
    settled = true;
    if (deadline != null) {
      deadline.cancel(false);
    }
    server.strangerLeft();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (!settled) {
      settle();
      server.refusals().warn("Peer connection from " + remote + " ended in its handshake");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    refuse(context, "malformed handshake");
    context.close();
  }
}
