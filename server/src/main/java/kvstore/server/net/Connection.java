package kvstore.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import kvstore.protocol.ProtocolException;
import kvstore.protocol.Reply;
import kvstore.protocol.Request;
import kvstore.protocol.RespDecoder;
import kvstore.server.burst.Burst;
import kvstore.server.console.ClientStatistics;
import kvstore.server.memory.ClientMemory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client. Requests are decoded and dispatched on the channel's event loop; each takes a slot in
 * the queue of replies at once, and the answered front of that queue is encoded and flushed, once
 * per batch of requests read or of answers brought by other threads.
 *
 * <p>Bounds: over the number or bytes of unanswered requests, nothing more is read from the socket;
 * over the bytes of replies that the client does not take, it is cut off.
 */
final class Connection extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final VarHandle IN_INBOX;

  /** Answers are encoded in between when so many slots are taken, to keep few replies alive. */
  private static final int ENCODE_EVERY = 128;

  private static final String NOT_READING = "it does not read its replies";

  /** The same for the bytes of big replies. */
  private static final long ENCODE_BYTES = 256 << 10;

  /** What a client makes the node hold is counted in steps of about so many bytes. */
  private static final int COUNTED_BYTES = 16 << 10;

  private static final long LINGER_MILLIS = 1_000;

  private static final Runnable END_OF_BURST = Burst::end;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      IN_INBOX = lookup.findVarHandle(Connection.class, "inInbox", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Gateway gateway;
  private final long id;
  private final Channel channel;
  private final EventLoop loop;
  private final LoopInbox inbox;
  private final ClientStatistics.Recorder recorder;
  private final ReplyQueue queue = new ReplyQueue();
  private final ReplyWriter writer;
  private final Session session;
  private final long openedNanos;

  private RespDecoder decoder;
  private @Nullable ByteBuf received;
  private boolean decoding;
  private int suspensions;
  private boolean closing;
  private boolean lingering;
  private boolean closed;
  private long lastReadNanos;
  private long readBytes;
  private long writtenBytes;
  private String lastCommand = "NULL";

  /** Set by whoever puts this connection into the inbox, cleared by the event loop. */
  @SuppressWarnings("unused") // through IN_INBOX
  private volatile boolean inInbox;

  private final HeldReplies held;
  private @Nullable Connection nextInInbox;

  /** Of what {@link #held} does not count; written by the event loop. */
  private volatile long counted;

  /** Since when {@link #counted} is not zero. */
  private volatile long countedNanos;

  /** Whether nothing is read because clients hold too much; event loop. */
  private boolean waitsForRoom;

  Connection(Gateway gateway, Gateway.Loop home, long id, Channel channel, Door door) {
    this.gateway = gateway;
    this.id = id;
    this.channel = channel;
    this.loop = channel.eventLoop();
    this.inbox = home.inbox();
    this.recorder = home.recorder();
    this.writer = new ReplyWriter(channel);
    this.held = new HeldReplies(gateway.outputLimit(), gateway.data().memory());
    this.openedNanos = gateway.nanoTime();
    this.lastReadNanos = openedNanos;
    this.session = new Session(this, door, gateway.needsPassword(), gateway.usualReadMode());
    this.decoder = new RespDecoder(gateway.limits(session.isAuthenticated()));
  }

  // ---- reading: event loop

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    readBytes += in.readableBytes();
    recorder.received(in.readableBytes());
    if (closing || closed) {
      in.release();
      return;
    }
    lastReadNanos = gateway.nanoTime();
    if (Burst.begin()) {
      loop.execute(END_OF_BURST); // after all sockets that are ready now were read
    }
    received =
        received == null
            ? in
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), received, in);
    decode();
    encode();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    flush();
    countMemory();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    countMemory();
    if (waitsForRoom) {
      completed();
    }
  }

  private void decode() {
    decoding = true;
    try {
      while (received != null && mayRead()) {
        Request request = decoder.decode(received);
        if (request == null) {
          break;
        }
        take(request.arguments());
        if (queue.size() >= ENCODE_EVERY || held.bytes() >= ENCODE_BYTES) {
          encode();
          countMemory();
        }
      }
    } catch (ProtocolException e) {
      refuse(Failures.protocolError(String.valueOf(e.getMessage())));
    } finally {
      decoding = false;
    }
    keepRest();
    countMemory();
    channel.config().setAutoRead(mayRead() || closing);
  }

  private void take(byte[][] arguments) {
    long bytes = 0;
    for (byte[] argument : arguments) {
      bytes += argument.length;
    }
    ReplySlot slot = new ReplySlot(this, lastReadNanos, bytes, session.isResp3());
    if (session.takesSilence()) {
      slot.silence(true);
    }
    queue.add(slot);
    follow();
    try {
      gateway.dispatcher().dispatch(session, arguments, slot);
    } catch (RuntimeException e) {
      LOG.error("command {} of client {} failed", lastCommand, id, e);
      slot.reply(Failures.error("internal error; the log of this node has more"));
    }
  }

  /** Tells the slot before the newest that something has come after it. */
  private void follow() {
    ReplySlot before = queue.beforeNewest();
    if (before != null) {
      before.follow();
    }
  }

  private boolean mayRead() {
    return suspensions == 0
        && !closing
        && !closed
        && mayHoldMore()
        && queue.size() < gateway.maxPendingRequests()
        && queue.requestBytes() < gateway.maxPendingBytes();
  }

  /** Whoever holds little may go on: those that hold much are to make room. */
  private boolean mayHoldMore() {
    ClientMemory memory = gateway.data().memory();
    waitsForRoom = counted >= COUNTED_BYTES && (waitsForRoom ? !memory.hasRoom() : memory.isFull());
    return !waitsForRoom;
  }

  private void keepRest() {
    ByteBuf rest = received;
    if (rest == null) {
      return;
    }
    if (!rest.isReadable() || closing || closed) {
      received = null;
      rest.release();
    } else if (rest.readerIndex() > rest.capacity() / 2 && rest.refCnt() == 1) {
      rest.discardReadBytes();
    }
  }

  /** Answers with an error outside any command, and closes. */
  private void refuse(Reply reply) {
    closing = true;
    ReplySlot slot = new ReplySlot(this, lastReadNanos, 0, session.isResp3());
    slot.makeLast();
    queue.add(slot);
    slot.reply(reply);
  }

  // ---- answering

  /** Called by a slot that got its answer; any thread. */
  void completed() {
    if (decoding && loop.inEventLoop()) {
      return; // the decoding loop encodes what it finds answered
    }
    if (IN_INBOX.compareAndSet(this, false, true)) {
      inbox.add(this);
    }
  }

  /** Counts a reply that may have to wait for an earlier one; any thread. */
  Reply admitted(Reply reply) {
    return held.admit(reply);
  }

  /** A reply that was counted is not waiting any more; any thread. */
  void released(Reply reply) {
    held.release(reply);
  }

  void nextInInbox(@Nullable Connection next) {
    nextInInbox = next;
  }

  @Nullable Connection takeNextInInbox() {
    Connection next = nextInInbox;
    nextInInbox = null;
    IN_INBOX.setVolatile(this, false);
    return next;
  }

  /** Answers have come from other threads; event loop. */
  void answered() {
    encode();
    if (received != null && mayRead()) {
      decode();
      encode();
    } else if (!channel.config().isAutoRead() && mayRead()) {
      channel.config().setAutoRead(true);
    }
    flush();
    countMemory();
  }

  private void encode() {
    if (closed) {
      return;
    }
    if (held.isOverfull()) {
      cutOff(NOT_READING);
      return;
    }
    long now = 0;
    ReplySlot slot;
    while ((slot = queue.pollAnswered()) != null) {
      Reply reply = slot.answer();
      if (reply == null) {
        throw new IllegalStateException("a slot lost its answer");
      }
      now = now == 0 ? gateway.nanoTime() : now;
      count(slot, reply, now);
      if (slot.isBarrier()) {
        suspensions--;
      }
      if (!slot.isSilent()) {
        writer.write(reply, slot.isResp3());
      }
      if (slot.isLast()) {
        closeAfterFlush();
        return;
      }
      if (writer.pendingBytes() > gateway.outputLimit()) {
        cutOff(NOT_READING);
        return;
      }
    }
  }

  /** Tells the node what this client makes it hold: parts of requests, replies not taken. */
  private void countMemory() {
    long now = closed ? 0 : partsOfRequests() + writer.pendingBytes();
    long more = now - counted;
    if (more >= COUNTED_BYTES || -more >= COUNTED_BYTES || (now == 0 && more != 0)) {
      if (counted == 0) {
        countedNanos = gateway.nanoTime();
      }
      counted = now;
      gateway.data().memory().count(more);
    }
  }

  private long partsOfRequests() {
    Transaction transaction = session.transaction();
    return decoder.heldBytes()
        + (received == null ? 0 : received.capacity())
        + (transaction == null ? 0 : transaction.bytes());
  }

  /** Counts anew, and reads on if nothing was read for want of memory; any thread. */
  void lookAtMemory() {
    if (counted > 0) {
      loop.execute(() -> {
        trimRest();
        countMemory();
        completed();
      });
    }
  }

  /** A short rest must not keep the large buffer it came in for as long as the client is silent. */
  private void trimRest() {
    ByteBuf rest = received;
    if (rest != null && !decoding && rest.readableBytes() < rest.capacity() / 4) {
      received = channel.alloc().buffer(rest.readableBytes()).writeBytes(rest);
      rest.release();
    }
  }

  /**
   * How much of a burden this client is: the bytes that it makes the node hold, as counted last,
   * times how long it has held any. So who has sent half of a request and waits is ended before
   * others whose requests are only as large; any thread.
   */
  double burden() {
    return memoryHeld() * (1.0 + gateway.nanoTime() - countedNanos);
  }

  /** Bytes that this client makes the node hold, as counted last; any thread. */
  long memoryHeld() {
    return counted + held.bytes();
  }

  /** Ends the connection because clients hold too much, and this one the most; any thread. */
  void giveUp() {
    loop.execute(() -> {
      if (closing || closed || partsOfRequests() < writer.pendingBytes() + held.bytes()) {
        cutOff("clients hold too much, and this one much for long, in replies it does not read");
        return;
      }
      LOG.info(
          "client {} at {} is cut off: clients hold too much, and this one much for long, in"
              + " requests that have come in part",
          id,
          channel.remoteAddress());
      gateway.statistics().cutOff();
      linger();
      refuse(Failures.HOLDS_TOO_MUCH);
      decoder = new RespDecoder(gateway.limits(session.isAuthenticated()));
      keepRest();
      countMemory();
    });
  }

  /**
   * What the client still sends is dropped for a while: to close with bytes unread resets the
   * connection, and the client might not see why.
   */
  private void linger() {
    lingering = true;
    channel.config().setAutoRead(true);
    later(channel::close, LINGER_MILLIS);
  }

  private void count(ReplySlot slot, Reply reply, long now) {
    held.release(reply);
    boolean failed = reply instanceof Reply.Failure;
    if (failed) {
      gateway.statistics().failed(((Reply.Failure) reply).message());
    }
    CommandEntry entry = slot.entry();
    if (entry != null) {
      recorder.answered(entry.index(), now - slot.startNanos(), failed);
    }
  }

  private void flush() {
    writer.flush();
    long bytes = writer.writtenBytes();
    if (bytes != writtenBytes) {
      recorder.sent(bytes - writtenBytes);
      writtenBytes = bytes;
    }
  }

  // ---- life

  private void closeAfterFlush() {
    closing = true;
    flush();
    channel
        .write(Unpooled.EMPTY_BUFFER)
        .addListener(future -> {
          if (!lingering) {
            channel.close();
          } else if (future.isSuccess()) {
            ((SocketChannel) channel).shutdownOutput();
          }
        });
    channel.flush();
  }

  private void cutOff(String why) {
    if (closed) {
      return;
    }
    LOG.info("client {} at {} is cut off: {}", id, channel.remoteAddress(), why);
    gateway.statistics().cutOff();
    closed = true;
    writer.release();
    channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    closed = true;
    countMemory();
    held.close();
    writer.release();
    ByteBuf rest = received;
    if (rest != null && !decoding) {
      received = null;
      ReferenceCountUtil.release(rest);
    }
    gateway.clients().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof java.io.IOException) {
      LOG.debug("client {} is gone: {}", id, cause.toString());
    } else {
      LOG.error("client {} is cut off after a failure of this node", id, cause);
    }
    context.close();
  }

  /** Ends the connection, from any thread; answers in flight are lost to the client. */
  void kill() {
    channel.close();
  }

  /** Reads nothing more, answers what it has read, then closes; any thread. */
  void drain() {
    loop.execute(() -> {
      if (closed || closing) {
        return;
      }
      closing = true;
      channel.config().setAutoRead(false);
      if (queue.isEmpty()) {
        closeAfterFlush();
      } else {
        queue.newest().makeLast();
      }
    });
  }

  /** Looks at nothing more that the client sent; event loop. */
  void stopReading() {
    closing = true;
  }

  /** Stops decoding until {@link #resume}; the command at hand decides what comes after it. */
  void suspend() {
    suspensions++;
  }

  /** Stops decoding until the slot has been answered; to be called after it was dispatched. */
  void suspendUntilAnswered(ReplySlot slot) {
    if (slot.answer() == null) {
      slot.makeBarrier();
      suspensions++;
    }
  }

  /** On the event loop; outside decoding, what waits is decoded now. */
  void resume() {
    suspensions--;
    if (!decoding) {
      completed();
    }
  }

  /** Runs on the event loop: now if this is it. */
  void onLoop(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  void later(Runnable action, long delayMillis) {
    var unused = loop.schedule(action, delayMillis, TimeUnit.MILLISECONDS);
  }

  /** The client has given its password: the usual limits hold. */
  void trust() {
    decoder = new RespDecoder(gateway.limits(true));
  }

  /** Whether a command before the newest one still waits for its answer. */
  boolean hasUnansweredBefore() {
    return queue.hasUnansweredBefore(1);
  }

  void lastCommand(String name) {
    lastCommand = name;
  }

  // ---- for CLIENT LIST, from any thread: a moment old

  long id() {
    return id;
  }

  Session session() {
    return session;
  }

  Channel channel() {
    return channel;
  }

  String lastCommandName() {
    return lastCommand;
  }

  long ageNanos() {
    return gateway.nanoTime() - openedNanos;
  }

  long idleNanos() {
    return gateway.nanoTime() - lastReadNanos;
  }

  int pending() {
    return queue.size();
  }

  long received() {
    return readBytes;
  }
}
