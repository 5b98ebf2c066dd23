package kvstore.testkit.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.protocol.ReplyDecoder;
import kvstore.protocol.RespEncoder;
import kvstore.server.net.SimulatedDoor;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection to a node, both ends: bytes arrive in order, in pieces, after some time.
 * Replies are taken for requests in the order in which those were sent.
 */
final class Wire {

  private static final long PATIENCE = 6 * Rates.SECOND;

  /** Told once what became of a request. */
  interface Ending {
    /**
     * @param reply null if the connection was lost first
     */
    void ended(@Nullable Reply reply);
  }

  private final World world;
  private final Life server;
  private final SimulatedDoor.Line line;
  private final Runnable lost;
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final ByteBuf received = Unpooled.buffer();
  private final Deque<Ending> waiting = new ArrayDeque<>();
  private long lastThere;
  private long lastBack;
  private boolean closed;

  /**
   * @param lost called once if the connection ends
   */
  Wire(Life server, SimulatedDoor door, Runnable lost) {
    this.world = server.world;
    this.server = server;
    this.line = door.connect();
    this.lost = lost;
    server.afterEachStep(this::look);
  }

  boolean isClosed() {
    return closed;
  }

  int unanswered() {
    return waiting.size();
  }

  void send(List<String> words, Ending told) {
    Ending ending = told::ended; // one of its own, to be known again
    ByteBuf out = Unpooled.buffer();
    RespEncoder.writeRequest(words.stream().map(String::getBytes).toArray(byte[][]::new), out);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    waiting.add(ending);
    int cut = (int) world.between(0, bytes.length);
    put(java.util.Arrays.copyOfRange(bytes, 0, cut));
    put(java.util.Arrays.copyOfRange(bytes, cut, bytes.length));
    expectReply(ending, world.now(), world.now());
  }

  /**
   * Once the server has had the time for it, there must have been a reply. It may have read the
   * command only when it came back from standing still.
   */
  private void expectReply(Ending ending, long began, long since) {
    world.after(
        since + PATIENCE - world.now(),
        () -> {
          if (closed || server.isDead() || !waiting.contains(ending)) {
            return;
          }
          long awake = server.isStalled() ? world.now() : server.awakeSince();
          if (awake > since) {
            expectReply(ending, began, awake);
            return;
          }
          world.violated(
              "a command sent to " + server + " at " + began / Rates.MILLI + " ms has no reply");
        });
  }

  private void put(byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    lastThere = Math.max(lastThere, world.now() + world.between(1, 300 * Rates.MICRO));
    world.after(
        lastThere - world.now(),
        server,
        () -> {
          if (line.isOpen()) {
            line.receive(bytes);
          }
        });
  }

  private void look() {
    if (closed) {
      return;
    }
    byte[] bytes = line.run();
    if (bytes.length > 0) {
      lastBack = Math.max(lastBack, world.now() + world.between(1, 300 * Rates.MICRO));
      world.after(lastBack - world.now(), () -> take(bytes));
    } else if (!line.isOpen()) {
      world.after(0, this::lose);
    }
  }

  private void take(byte[] bytes) {
    if (closed) {
      return;
    }
    received.writeBytes(bytes);
    for (Reply reply = decoder.decode(received);
        reply != null;
        reply = closed ? null : decoder.decode(received)) {
      Ending next = waiting.poll();
      if (next == null) {
        world.violated(server + " replies where nothing was asked: " + reply);
        return;
      }
      next.ended(reply);
    }
    received.discardReadBytes();
  }

  /** The connection is gone; nobody knows what became of what was asked. */
  void lose() {
    if (closed) {
      return;
    }
    closed = true;
    world.after(0, server, line::close);
    List<Ending> left = List.copyOf(waiting);
    waiting.clear();
    left.forEach(ending -> ending.ended(null));
    lost.run();
  }

  @Override
  public String toString() {
    return server + "/" + Integer.toHexString(line.hashCode());
  }
}
