package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.replication.NodeId;
import kvstore.replication.transport.ResponseHandler.Failure;

/**
 * The requester's end of one lane to one peer: queues requests from any thread, opens a connection
 * when there is something to send, and sees every request to exactly one end.
 */
final class PeerLink {

  /** Where the link stands; changed on the event loop only. */
  private sealed interface State {
    /** No connection; until {@code retryAtNanos} requests fail with {@code why}. */
    record Apart(long retryAtNanos, String why) implements State {}

    /** A connection attempt is under way; requests wait for it. */
    record Reaching() implements State {}

    record Joined(LinkConnection connection) implements State {}

    record Closed() implements State {}
  }

  /** Requests written before those are flushed, so that a long queue does not wait for its end. */
  private static final int FLUSH_EVERY = 256;

  private final NodeId peer;
  private final Lane lane;
  private final EventLoop loop;
  private final TransportLimits limits;
  private final TransportTimings timings;
  private final LinkDialer dialer;
  private final AtomicInteger inflight = new AtomicInteger();
  private final AtomicLong inflightBytes = new AtomicLong();
  private final Queue<Outgoing> submitted = new ConcurrentLinkedQueue<>();
  private final Wake wake;

  /** Written on the event loop; read anywhere. */
  private volatile State state = new State.Apart(System.nanoTime(), "never connected");

  // Event loop only.
  private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
  private final Deadline waitingDeadline;
  private int failures;

  PeerLink(
      NodeId peer, Lane lane, EventLoop loop, TransportOptions options, LinkDialer.Source dialers) {
    this.peer = peer;
    this.lane = lane;
    this.loop = loop;
    this.limits = options.limits();
    this.timings = options.timings();
    this.wake = new Wake(loop, this::drain);
    this.dialer = dialers.dialer(this);
    this.waitingDeadline = new Deadline(loop, this::expireWaiting);
  }

  NodeId peer() {
    return peer;
  }

  Lane lane() {
    return lane;
  }

  EventLoop loop() {
    return loop;
  }

  /** Takes a request from any thread; its body's reference is the link's from now on. */
  void submit(int method, ByteBuf body, long deadlineNanos, ResponseHandler handler) {
    Outgoing request = new Outgoing(this, method, body, deadlineNanos, handler);
    int count = inflight.incrementAndGet();
    long bytes = inflightBytes.addAndGet(request.bytes());
    if (request.bytes() > limits.maxFrameBytes() - Frames.HEADER_BYTES) {
      request.notSent(
          "expected a request of at most "
              + (limits.maxFrameBytes() - Frames.HEADER_BYTES)
              + " bytes, but got "
              + request.bytes());
      return;
    }
    boolean full = bytes - request.bytes() >= limits.maxInflightBytes();
    if (full || count > limits.maxInflightRequests()) {
      request.notSent("too much is in flight to " + peer + " on lane " + lane);
      return;
    }
    submitted.add(request);
    try {
      if (method == RaftMessages.HEARTBEAT) {
        wake.soon(); // those of all groups in one packet
      } else {
        wake.now();
      }
    } catch (RejectedExecutionException e) {
      failSubmitted("the transport is closed");
    }
  }

  private void drain() {
    LinkConnection joined = null;
    int written = 0;
    for (Outgoing next = submitted.poll(); next != null; next = submitted.poll()) {
      if (state instanceof State.Apart apart) {
        if (System.nanoTime() - apart.retryAtNanos() < 0) {
          next.notSent(peer + " cannot be reached: " + apart.why());
          continue;
        }
        state = new State.Reaching();
        wait(next);
        dialer.dial();
      } else if (state instanceof State.Reaching) {
        wait(next);
      } else if (state instanceof State.Joined up) {
        joined = up.connection();
        joined.write(next);
        if (++written % FLUSH_EVERY == 0) {
          joined.flush();
        }
      } else {
        next.notSent("the transport is closed");
      }
    }
    if (joined != null) {
      joined.flush();
    }
  }

  private void wait(Outgoing request) {
    waiting.add(request);
    waitingDeadline.lower(request.deadlineNanos());
  }

  private void expireWaiting(long now) {
    List<Outgoing> expired = new ArrayList<>();
    waiting.removeIf(request -> {
      if (request.deadlineNanos() - now <= 0) {
        expired.add(request);
        return true;
      }
      waitingDeadline.lower(request.deadlineNanos());
      return false;
    });
    expired.forEach(request -> request.notSent("no connection to " + peer + " in time"));
  }

  /** The dialer has a connection that both sides trust. */
  LinkConnection joined(Channel channel, FaultGate gate) {
    LinkConnection connection = new LinkConnection(this, channel, timings, gate);
    failures = 0;
    state = new State.Joined(connection);
    for (Outgoing next = waiting.poll(); next != null; next = waiting.poll()) {
      connection.write(next);
    }
    connection.flush();
    return connection;
  }

  /** The dialer has failed. */
  void unreachable(String why) {
    if (!(state instanceof State.Reaching)) {
      return;
    }
    long pause =
        Math.min(
            timings.reconnectPause().toNanos() << Math.min(failures, 10),
            timings.maxReconnectPause().toNanos());
    failures++;
    state = new State.Apart(System.nanoTime() + pause, why);
    failWaiting(peer + " cannot be reached: " + why);
  }

  /** The connection is gone. */
  void parted(LinkConnection connection, String why) {
    if (state instanceof State.Joined up && up.connection() == connection) {
      state = new State.Apart(System.nanoTime(), why);
    }
  }

  /** Whether there is a connection; any thread. */
  boolean isJoined() {
    return state instanceof State.Joined;
  }

  boolean isClosed() {
    return state instanceof State.Closed;
  }

  /** Fails what is queued and closes the connection, to be opened again by the next request. */
  void disconnect(String why) {
    try {
      loop.execute(() -> {
        if (state instanceof State.Joined up) {
          up.connection().close(why);
        }
      });
    } catch (RejectedExecutionException e) {
      // The loop has ended, and the connection with it.
    }
  }

  /** Ends the link for good; event loop only. */
  void close() {
    State last = state;
    state = new State.Closed();
    dialer.abandon();
    if (last instanceof State.Joined up) {
      up.connection().close("the transport is closed");
    }
    waitingDeadline.cancel();
    failWaiting("the transport is closed");
    failSubmitted("the transport is closed");
  }

  /** Closes a link made after its transport was closed, on any thread. */
  void refuseAll() {
    try {
      loop.execute(this::close);
    } catch (RejectedExecutionException e) {
      // The loop has ended; every request fails when it tries to wake it.
    }
  }

  private void failWaiting(String why) {
    List<Outgoing> all = new ArrayList<>(waiting);
    waiting.clear();
    all.forEach(request -> request.notSent(why));
  }

  /** Safe on any thread: each request is polled once. */
  void failSubmitted(String why) {
    for (Outgoing next = submitted.poll(); next != null; next = submitted.poll()) {
      next.notSent(why);
    }
  }

  void giveBack(int bytes) {
    inflight.decrementAndGet();
    inflightBytes.addAndGet(-bytes);
  }

  int inflight() {
    return inflight.get();
  }

  long inflightBytes() {
    return inflightBytes.get();
  }

  /** For the connection: why a request was lost. */
  static void lose(Outgoing request, String why) {
    request.fail(Failure.LOST, why);
  }
}
