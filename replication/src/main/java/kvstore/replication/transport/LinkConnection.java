package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kvstore.replication.transport.ResponseHandler.Failure;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A trusted connection, seen by the requester: what was written and not yet answered. */
final class LinkConnection extends SimpleChannelInboundHandler<ByteBuf> {

  private static final Logger log = LoggerFactory.getLogger(LinkConnection.class);

  private final PeerLink link;
  private final Channel channel;
  private final TransportTimings timings;
  private final FaultGate gate;
  private final LongObjectHashMap<Outgoing> unanswered = new LongObjectHashMap<>();
  private final Deadline deadline;
  private final ScheduledFuture<?> prober;
  private long nextId = 1;

  /**
   * Something was written since the peer was last heard, or is unanswered: it must say something.
   */
  private boolean owed;

  /** When the peer was last heard, or began to owe. */
  private long aliveNanos = System.nanoTime();

  private @Nullable String closedBecause;

  LinkConnection(PeerLink link, Channel channel, TransportTimings timings, FaultGate gate) {
    this.link = link;
    this.channel = channel;
    this.timings = timings;
    this.gate = gate;
    this.deadline = new Deadline(link.loop(), this::expire);
    long period = timings.probeAfter().toNanos();
    this.prober =
        link.loop().scheduleAtFixedRate(this::probe, period, period, TimeUnit.NANOSECONDS);
  }

  /** Writes a request without flushing, unless its sender calls it back. */
  void write(Outgoing request) {
    if (!request.mayLeave()) {
      request.notSent("its sender has called it back");
      return;
    }
    if (!owed) {
      owed = true;
      aliveNanos = System.nanoTime();
    }
    long id = nextId++;
    unanswered.put(scatter(id), request);
    deadline.lower(request.deadlineNanos());
    ByteBuf body = request.takeBody();
    if (gate.open()) {
      writeFrame(id, request, body);
      return;
    }
    gate.pass(
        link.loop(),
        () -> {
          writeFrame(id, request, body);
          channel.flush();
        },
        () -> {
          body.release();
          request.left();
        });
  }

  /**
   * Ids in a row would be one run of slots in the map, the whole of which it looks at each time the
   * oldest is removed.
   */
  private static long scatter(long id) {
    return id * 0x9e3779b97f4a7c15L;
  }

  private void writeFrame(long id, Outgoing request, ByteBuf body) {
    Frames.write(channel, Frames.REQUEST, request.method(), id, body, channel.newPromise())
        .addListener(request);
  }

  void flush() {
    channel.flush();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
    aliveNanos = System.nanoTime();
    if (frame.readableBytes() < Frames.HEADER_BYTES) {
      close("it sent a frame shorter than its header");
      return;
    }
    byte kind = frame.readByte();
    frame.skipBytes(3);
    long id = frame.readLong();
    switch (kind) {
      case Frames.RESPONSE -> {
        Outgoing request = unanswered.remove(scatter(id));
        if (request != null) {
          request.respond(frame);
        }
      }
      case Frames.REFUSAL -> {
        Outgoing request = unanswered.remove(scatter(id));
        if (request != null) {
          request.fail(Failure.REFUSED, frame.toString(StandardCharsets.UTF_8));
        }
      }
      case Frames.PONG -> {
        // Having been heard is all there is to it.
      }
      default -> close("it sent a frame of kind " + kind);
    }
    owed = !unanswered.isEmpty();
  }

  private void expire(long now) {
    List<Outgoing> expired = new ArrayList<>();
    for (var entries = unanswered.entries().iterator(); entries.hasNext(); ) {
      Outgoing request = entries.next().value();
      if (request.deadlineNanos() - now <= 0) {
        expired.add(request);
        entries.remove();
      } else {
        deadline.lower(request.deadlineNanos());
      }
    }
    expired.forEach(
        request -> PeerLink.lose(request, "no answer from " + link.peer() + " in time"));
  }

  private void probe() {
    if (!owed) {
      return;
    }
    long silence = System.nanoTime() - aliveNanos;
    if (silence > timings.deadAfter().toNanos()) {
      close("silent for " + TimeUnit.NANOSECONDS.toMillis(silence) + " ms");
    } else if (silence > timings.probeAfter().toNanos() / 2 && channel.isWritable()) {
      gate.pass(link.loop(), this::ping, () -> {});
    }
  }

  private void ping() {
    var unused =
        Frames.write(channel, Frames.PING, 0, 0, Unpooled.EMPTY_BUFFER, channel.voidPromise());
    channel.flush();
  }

  void close(String why) {
    if (closedBecause == null) {
      closedBecause = why;
    }
    channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    prober.cancel(false);
    deadline.cancel();
    String why = closedBecause == null ? "it closed the connection" : closedBecause;
    if (link.isClosed()) {
      log.debug("Closed the connection to {} on lane {}", link.peer(), link.lane());
    } else {
      log.info("Lost the connection to {} on lane {}: {}", link.peer(), link.lane(), why);
    }
    link.parted(this, why);
    List<Outgoing> lost = new ArrayList<>(unanswered.values());
    unanswered.clear();
    lost.forEach(
        request -> PeerLink.lose(request, "lost the connection to " + link.peer() + ": " + why));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    close(String.valueOf(cause.getMessage()));
  }
}
