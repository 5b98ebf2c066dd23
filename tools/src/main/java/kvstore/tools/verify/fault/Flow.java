package kvstore.tools.verify.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a relayed connection: bytes wait here until they are due. Bounded: when too many
 * wait, nothing more is read. For the proxy's thread.
 */
final class Flow {

  private static final int MOST_QUEUED = 1 << 20;
  private static final int CHUNK = 64 << 10;

  /** What a throttled flow may save up. */
  private static final long BURST = 16 << 10;

  private record Chunk(ByteBuffer bytes, long readAt) {}

  private Touched touched = Touched.NOTHING;

  /** The last bytes that wait and were counted as held; what came before them was too. */
  private @Nullable Chunk lastHeld;

  private final SocketChannel source;
  private final SocketChannel sink;
  private final Deque<Chunk> waiting = new ArrayDeque<>();
  private int queued;
  private boolean ended;
  private boolean stuck;
  private long allowance = BURST;
  private long refilledAt = System.nanoTime();

  Flow(SocketChannel source, SocketChannel sink) {
    this.source = source;
    this.sink = sink;
  }

  boolean wantsRead() {
    return !ended && queued < MOST_QUEUED;
  }

  /** Whether the sink took less than it was offered. */
  boolean wantsWrite() {
    return stuck;
  }

  /** Whether nothing more will come, and all that came has gone on. */
  boolean isDone() {
    return ended && waiting.isEmpty();
  }

  void end() {
    ended = true;
  }

  void read(long now) {
    if (!wantsRead()) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK);
    int count;
    try {
      count = source.read(bytes);
    } catch (IOException e) {
      count = -1;
    }
    if (count < 0) {
      ended = true;
    } else if (count > 0) {
      waiting.add(new Chunk(bytes.flip(), now));
      queued += count;
    }
  }

  /** The first bytes that wait, not taken. */
  ByteBuffer peek(int most) {
    ByteBuffer first = ByteBuffer.allocate(most);
    for (Chunk chunk : waiting) {
      ByteBuffer bytes = chunk.bytes.duplicate();
      bytes.limit(Math.min(bytes.limit(), bytes.position() + first.remaining()));
      first.put(bytes);
    }
    return first.flip();
  }

  /** Sends what is due. */
  void write(long now, LinkRule rule) throws IOException {
    stuck = false;
    if (rule.blocked()) {
      countHeld();
    }
    refill(now, rule);
    while (!waiting.isEmpty() && !rule.blocked() && nanosUntilDue(now, rule) <= 0) {
      ByteBuffer bytes = waiting.getFirst().bytes;
      int limit = bytes.limit();
      if (rule.bytesPerSecond() > 0) {
        bytes.limit((int) Math.min(limit, bytes.position() + allowance));
      }
      int wanted = bytes.remaining();
      int sent = sink.write(bytes);
      bytes.limit(limit);
      queued -= sent;
      allowance -= sent;
      if (rule.delayNanos() > 0 || rule.bytesPerSecond() > 0) {
        touched = touched.plus(new Touched(0, sent, 0));
      }
      if (!bytes.hasRemaining()) {
        waiting.removeFirst();
      }
      if (sent < wanted) {
        stuck = true;
        return;
      }
    }
  }

  private void countHeld() {
    for (Iterator<Chunk> newest = waiting.descendingIterator(); newest.hasNext(); ) {
      Chunk chunk = newest.next();
      if (chunk == lastHeld) {
        break;
      }
      touched = touched.plus(new Touched(chunk.bytes.remaining(), 0, 0));
    }
    lastHeld = waiting.peekLast();
  }

  /** What was done to its bytes since it was last asked. */
  Touched takeTouched() {
    Touched taken = touched;
    touched = Touched.NOTHING;
    return taken;
  }

  /** How long the next bytes wait by themselves; {@link Long#MAX_VALUE} if for something else. */
  long nanosUntilDue(long now, LinkRule rule) {
    if (waiting.isEmpty() || rule.blocked() || stuck) {
      return Long.MAX_VALUE;
    }
    long left = waiting.getFirst().readAt + rule.delayNanos() - now;
    if (rule.bytesPerSecond() > 0 && allowance < 1) {
      return Math.max(left, 1_000_000_000L / rule.bytesPerSecond() + 1_000_000);
    }
    return left;
  }

  private void refill(long now, LinkRule rule) {
    if (rule.bytesPerSecond() > 0) {
      long more = (long) ((now - refilledAt) / 1e9 * rule.bytesPerSecond());
      if (more > 0) {
        allowance = Math.min(BURST, allowance + more);
        refilledAt = now;
      }
    } else {
      allowance = BURST;
      refilledAt = now;
    }
  }
}
