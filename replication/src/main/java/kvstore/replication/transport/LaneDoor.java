package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands at the beginning of an accepted connection: reads exactly the preamble, one byte at a
 * time, and hands the socket over to its lane's event loop.
 */
final class LaneDoor extends ChannelInboundHandlerAdapter {

  private final PeerServer server;
  private final byte[] preamble = new byte[Frames.PREAMBLE_BYTES];
  private int got;
  private boolean admitted;
  private boolean handedOver;

  /** More was read than the preamble; the rest is no use without it. */
  private boolean readOn;

  private @Nullable ScheduledFuture<?> deadline;

  LaneDoor(PeerServer server) {
    this.server = server;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    admitted = server.admitStranger(context.channel());
    if (!admitted) {
      context.close();
      return;
    }
    deadline =
        context
            .executor()
            .schedule(
                () -> refuse(context, "said nothing in time"),
                server.handshakeTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
    context.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    readOn |= handedOver;
    try {
      while (bytes.isReadable() && got < preamble.length) {
        preamble[got++] = bytes.readByte();
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (handedOver) {
      return;
    }
    for (int i = 0; i < Math.min(got, 4); i++) {
      if (preamble[i] != (byte) (Frames.MAGIC >>> (24 - 8 * i))) {
        refuse(context, "does not speak the peer protocol");
        return;
      }
    }
    if (got < preamble.length) {
      context.read();
    } else {
      handOver(context);
    }
  }

  private void handOver(ChannelHandlerContext context) {
    Lane lane = Lane.ofCode(preamble[5]);
    if (lane == null) {
      refuse(context, "asks for the unknown lane " + preamble[5]);
      return;
    }
    handedOver = true;
    cancelDeadline();
    Channel accepted = context.channel();
    EventLoop loop = server.loops().loop(lane, accepted.hashCode());
    server.forget(accepted);
    String remote = String.valueOf(accepted.remoteAddress());
    context
        .deregister()
        .addListener(done -> {
          // Reads of the old channel that are queued already come before this.
          Runnable last = () -> takeOver(accepted, loop, lane, remote, done.isSuccess());
          accepted.eventLoop().execute(last);
        });
  }

  private void takeOver(
      Channel accepted, EventLoop loop, Lane lane, String remote, boolean deregistered) {
    if (!deregistered || readOn || !accepted.isOpen()) {
      // The other side has already hung up, which makes the old channel read on.
      server.strangerLeft();
      accepted.close();
      return;
    }
    SocketChannel channel;
    try {
      channel = server.loops().takeOver(accepted);
    } catch (ChannelException e) {
      server.strangerLeft();
      accepted.close();
      return;
    }
    server.greet(channel, loop, lane, preamble[4], remote);
  }

  private void refuse(ChannelHandlerContext context, String what) {
    server.refusals().warn("Refused a peer connection: " + context.channel() + " " + what);
    context.close();
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (admitted && !handedOver) {
      cancelDeadline();
      server.strangerLeft();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!handedOver) {
      context.close();
    }
  }
}
