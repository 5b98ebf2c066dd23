package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answering end of a trusted connection. Requests go to their handlers; answers come back on
 * any thread and leave in one flush per turn of the event loop. While too many requests are
 * unanswered the socket is not read, so the pressure goes back to the requester.
 *
 * <p>Few bytes of forwarded commands can ask for many bytes of answers. Those that were read
 * already are parked, in their order, while the other side has too many bytes to take, or will have
 * by what answers were like of late.
 */
final class PeerInbound extends ChannelInboundHandlerAdapter {

  private static final Logger log = LoggerFactory.getLogger(PeerInbound.class);

  /** Bytes of answers beyond the channel's water mark, over which forwarded commands are parked. */
  private static final long MOST_UNSENT_BYTES = 4 << 20;

  /** The same for answers still to come, taken to be as large as those of late. */
  private static final long MOST_EXPECTED_BYTES = 32 << 20;

  private record Answer(InboundRequest request, byte kind, ByteBuf body) {}

  private final TransportOptions options;
  private final Handlers handlers;
  private final NodeId from;
  private final Lane lane;
  private final FaultGate gate;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();

  // Set in handlerAdded, before any request.
  @SuppressWarnings("NullAway.Init")
  private Channel channel;

  @SuppressWarnings("NullAway.Init")
  private EventLoop loop;

  @SuppressWarnings("NullAway.Init")
  private Wake wake;

  // Event loop only.
  private final Queue<ByteBuf> parked = new ArrayDeque<>();
  private boolean unparking;

  /** The largest answer of late; fades. */
  private long usualBytes;

  private int unanswered;
  private long unansweredBytes;
  private boolean inRead;
  private boolean unflushed;
  private boolean flushScheduled;
  private boolean paused;
  private @Nullable ScheduledFuture<?> keepAlive;

  PeerInbound(TransportOptions options, Handlers handlers, NodeId from, Lane lane) {
    this.options = options;
    this.handlers = handlers;
    this.from = from;
    this.lane = lane;
    this.gate = new FaultGate(options.faults(), options.self(), from, lane);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    loop = channel.eventLoop();
    wake = new Wake(loop, this::drain);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    inRead = true;
    ByteBuf frame = (ByteBuf) message;
    boolean request =
        frame.readableBytes() > 0 && frame.getByte(frame.readerIndex()) == Frames.REQUEST;
    if (request && mustPark()) {
      parked.add(frame);
      throttle();
      return;
    }
    take(frame);
  }

  private boolean mustPark() {
    return lane == Lane.FORWARD && (!parked.isEmpty() || isFlooded());
  }

  private boolean isFlooded() {
    return channel.bytesBeforeWritable() > MOST_UNSENT_BYTES
        || unanswered * usualBytes > MOST_EXPECTED_BYTES;
  }

  /** Takes what was parked, as far as answers have left. */
  private void unpark() {
    if (unparking || parked.isEmpty()) {
      return;
    }
    unparking = true; // an answer given at once comes back here
    try {
      while (!isFlooded()) {
        ByteBuf frame = parked.poll();
        if (frame == null) {
          break;
        }
        take(frame);
      }
    } finally {
      unparking = false;
    }
    throttle();
  }

  private void take(ByteBuf frame) {
    try {
      if (frame.readableBytes() < Frames.HEADER_BYTES) {
        malformed("a frame shorter than its header");
        return;
      }
      byte kind = frame.readByte();
      frame.skipBytes(1);
      int method = frame.readUnsignedShort();
      long id = frame.readLong();
      if (kind == Frames.REQUEST) {
        request(method, id, frame);
      } else if (kind == Frames.PING) {
        pong();
      } else {
        malformed("a frame of kind " + kind);
      }
    } finally {
      frame.release();
    }
  }

  private void malformed(String what) {
    log.warn("Closing the connection from {}: it sent {}", from, what);
    channel.close();
  }

  private void request(int method, long id, ByteBuf body) {
    int bytes = body.readableBytes();
    unanswered++;
    unansweredBytes += bytes;
    InboundRequest request = new InboundRequest(this, method, id, bytes);
    HandlerTable.Entry entry = handlers.get(method);
    if (entry == null) {
      request.refuse("no handler for method " + method + " on " + options.self());
    } else if (entry.executor() == null) {
      run(entry.handler(), body, request);
    } else {
      body.retain();
      try {
        entry.executor().execute(() -> runAndRelease(entry.handler(), body, request));
      } catch (RejectedExecutionException e) {
        body.release();
        request.refuse("overloaded or stopping");
      }
    }
    throttle();
  }

  private void runAndRelease(Handler handler, ByteBuf body, InboundRequest request) {
    try {
      run(handler, body, request);
    } finally {
      body.release();
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  private void run(Handler handler, ByteBuf body, InboundRequest request) {
    try {
      handler.handle(from, body, request);
    } catch (RuntimeException e) {
      log.error("The handler of method {} failed on a request of {}", request.method(), from, e);
      request.refuse("the handler failed: " + e);
    }
  }

  /** Takes an answer, on any thread; called once per request. */
  void answer(InboundRequest request, byte kind, ByteBuf body) {
    if (loop.inEventLoop()) {
      write(request, kind, body);
      return;
    }
    answers.add(new Answer(request, kind, body));
    try {
      if (request.method() == RaftMessages.HEARTBEAT) {
        wake.soon(); // with those of the other groups that were asked for with it
      } else {
        wake.now();
      }
    } catch (RejectedExecutionException e) {
      discard();
    }
  }

  private void drain() {
    for (Answer next = answers.poll(); next != null; next = answers.poll()) {
      write(next.request(), next.kind(), next.body());
    }
    flush();
  }

  private void discard() {
    for (Answer next = answers.poll(); next != null; next = answers.poll()) {
      next.body().release();
    }
  }

  private void write(InboundRequest request, byte kind, ByteBuf body) {
    unanswered--;
    unansweredBytes -= request.bytes();
    usualBytes = Math.max(body.readableBytes(), usualBytes - usualBytes / 16 - 1);
    if (Frames.HEADER_BYTES + body.readableBytes() > options.limits().maxFrameBytes()) {
      String message = "a response of " + body.readableBytes() + " bytes is over the bound";
      body.release();
      send(Frames.REFUSAL, request.id(), Frames.refusal(channel.alloc(), message));
    } else {
      send(kind, request.id(), body);
    }
    unpark();
    if (paused) {
      throttle();
    }
  }

  private void send(byte kind, long id, ByteBuf body) {
    if (gate.open()) {
      writeFrame(kind, id, body);
    } else {
      gate.pass(loop, () -> writeFrame(kind, id, body), body::release);
    }
  }

  private void writeFrame(byte kind, long id, ByteBuf body) {
    var unused = Frames.write(channel, kind, 0, id, body, channel.voidPromise());
    unflushed = true;
    if (!inRead && !flushScheduled) {
      flushScheduled = true;
      loop.execute(() -> {
        flushScheduled = false;
        flush();
      });
    }
  }

  private void flush() {
    if (unflushed) {
      unflushed = false;
      channel.flush();
    }
  }

  private void pong() {
    send(Frames.PONG, 0, Unpooled.EMPTY_BUFFER);
  }

  /** Stops or resumes reading. */
  private void throttle() {
    TransportLimits limits = options.limits();
    boolean writable = channel.isWritable();
    if (!paused) {
      if (unanswered > limits.maxUnansweredRequests()
          || unansweredBytes > limits.maxUnansweredBytes()
          || !parked.isEmpty()
          || !writable) {
        paused = true;
        channel.config().setAutoRead(false);
        long period = options.timings().probeAfter().toNanos();
        // Not reading must not look like being dead.
        keepAlive = loop.scheduleAtFixedRate(this::sayAlive, period, period, TimeUnit.NANOSECONDS);
      }
    } else if (writable
        && parked.isEmpty()
        && unanswered <= limits.maxUnansweredRequests() / 2
        && unansweredBytes <= limits.maxUnansweredBytes() / 2) {
      paused = false;
      stopKeepAlive();
      channel.config().setAutoRead(true);
    }
  }

  private void sayAlive() {
    if (channel.isWritable()) {
      pong();
    }
  }

  private void stopKeepAlive() {
    if (keepAlive != null) {
      keepAlive.cancel(false);
      keepAlive = null;
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    inRead = false;
    flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable() && !parked.isEmpty()) {
      loop.execute(this::unpark); // not from within the write or flush that made the room
    }
    throttle();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    stopKeepAlive();
    for (ByteBuf frame = parked.poll(); frame != null; frame = parked.poll()) {
      frame.release();
    }
    log.info("{} disconnected from lane {}", from, lane);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.info("Closing the connection from {}: {}", from, cause.toString());
    context.close();
  }
}
