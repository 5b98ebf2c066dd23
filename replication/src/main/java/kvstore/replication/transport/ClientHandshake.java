package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Credentials.Role;
import kvstore.replication.transport.Credentials.Transcript;
import kvstore.replication.transport.HandshakeFrames.Hello;
import org.jspecify.annotations.Nullable;

/** The connecting side of the handshake. */
final class ClientHandshake extends SimpleChannelInboundHandler<ByteBuf> {

  /** Told how the handshake ended, once, on the event loop. */
  interface Outcome {
    void trusted(ChannelHandlerContext context);

    void refused(String reason);
  }

  private final TransportOptions options;
  private final Credentials credentials;
  private final NodeId peer;
  private final Lane lane;
  private final Outcome outcome;
  private final byte[] nonce;
  private @Nullable Transcript transcript;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean settled;

  ClientHandshake(
      TransportOptions options, Credentials credentials, NodeId peer, Lane lane, Outcome outcome) {
    this.options = options;
    this.credentials = credentials;
    this.peer = peer;
    this.lane = lane;
    this.outcome = outcome;
    this.nonce = credentials.nonce();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    deadline =
        context
            .channel()
            .eventLoop()
            .schedule(
                () -> fail(context, "the handshake took too long"),
                options.timings().handshakeTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
    Hello hello =
        new Hello(
            Frames.VERSION,
            lane.code(),
            nonce,
            options.clusterId(),
            options.self().value(),
            peer.value());
    context.writeAndFlush(HandshakeFrames.hello(context.alloc(), hello));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
    if (settled) {
      return;
    }
    byte kind = frame.readByte();
    if (kind == Frames.CHALLENGE && transcript == null) {
      challenge(context, frame);
    } else if (kind == Frames.WELCOME && transcript != null) {
      welcome(context, frame, transcript);
    } else if (kind == Frames.REFUSE) {
      fail(context, "it refused us: " + HandshakeFrames.readRefusal(frame));
    } else {
      fail(context, "unexpected frame of kind " + kind + " in the handshake");
    }
  }

  private void challenge(ChannelHandlerContext context, ByteBuf frame) {
    byte[] theirs = HandshakeFrames.readBytes(frame);
    if (theirs == null) {
      fail(context, "malformed challenge");
      return;
    }
    transcript =
        new Transcript(
            Frames.VERSION,
            lane.code(),
            options.clusterId(),
            options.self().value(),
            peer.value(),
            nonce,
            theirs);
    byte[] proof = credentials.proof(Role.CLIENT, transcript);
    context.writeAndFlush(HandshakeFrames.bytes(context.alloc(), Frames.PROOF, proof));
  }

  private void welcome(ChannelHandlerContext context, ByteBuf frame, Transcript agreed) {
    byte[] proof = HandshakeFrames.readBytes(frame);
    if (proof == null || !credentials.proves(proof, Role.SERVER, agreed)) {
      String reason = "the cluster secrets differ";
      context.writeAndFlush(HandshakeFrames.refuse(context.alloc(), reason));
      fail(context, reason);
      return;
    }
    String objection =
        options.acquaintances().objection(peer, Credentials.lifeIn(agreed.serverNonce()));
    if (objection != null) {
      context.writeAndFlush(HandshakeFrames.refuse(context.alloc(), objection));
      fail(context, objection);
      return;
    }
    settle();
    outcome.trusted(context);
  }

  private void fail(ChannelHandlerContext context, String reason) {
    if (settled) {
      return;
    }
    settle();
    outcome.refused(reason);
    context.close();
  }

  private void settle() {
    settled = true;
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(context, "it closed the connection in the handshake");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(context, "the handshake broke: " + cause.getMessage());
  }
}
