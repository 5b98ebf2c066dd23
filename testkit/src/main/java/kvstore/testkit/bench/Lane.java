package kvstore.testkit.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One connection and who talks on it. A connection that is lost is made anew, to the next target.
 * Used by the thread of its {@link LoadLoop} only.
 */
final class Lane implements Conversation.Answers {

  private static final long PAUSE = 5_000_000; // after an error, so that errors do not spin

  private final LoadSettings settings;
  private final LoadLoop loop;
  private final int number;
  private int target;
  private @Nullable SocketChannel channel;
  private @Nullable SelectionKey key;
  private @Nullable Conversation conversation;
  private @Nullable ByteBuffer unsent;
  private boolean paused;
  private boolean wasConnected;

  Lane(LoadSettings settings, LoadLoop loop, int number) {
    this.settings = settings;
    this.loop = loop;
    this.number = number;
    this.target = number % settings.targets().size();
  }

  /** Begins to connect. */
  void connect(long now) {
    try {
      SocketChannel fresh = SocketChannel.open();
      channel = fresh;
      fresh.configureBlocking(false);
      fresh.setOption(StandardSocketOptions.TCP_NODELAY, true);
      boolean connected = fresh.connect(address());
      key = fresh.register(loop.selector(), SelectionKey.OP_CONNECT, this);
      if (connected) {
        connected(now);
      }
    } catch (IOException e) {
      lose("no connection", now);
    }
  }

  /** Goes on after a pause. */
  void wake(long now) {
    paused = false;
    if (conversation == null) {
      connect(now);
    } else if (settings.rate() == 0) {
      fill(now);
    }
  }

  /** Does what the socket is ready for. */
  void ready(long now) {
    SelectionKey ready = key;
    SocketChannel open = channel;
    if (ready == null || open == null || !ready.isValid()) {
      return;
    }
    try {
      if (ready.isConnectable()) {
        open.finishConnect();
        connected(now);
        return;
      }
      if (ready.isReadable()) {
        read(open, now);
      }
      if (ready.isValid() && ready.isWritable()) {
        flush();
      }
    } catch (IOException e) {
      lose(conversation == null ? "no connection" : "connection lost", now);
    }
  }

  private void connected(long now) throws IOException {
    SelectionKey open = key;
    if (open == null) {
      return;
    }
    open.interestOps(SelectionKey.OP_READ);
    Conversation fresh = converse();
    conversation = fresh;
    fresh.begin(loop.out());
    loop.connected(!wasConnected);
    wasConnected = true;
    flush();
    if (settings.rate() == 0) {
      fill(now);
    }
  }

  private Conversation converse() {
    int window = settings.window(number);
    if (settings.etcd()) {
      String authority = address().getHostString() + ":" + address().getPort();
      return new EtcdConversation(settings, loop.choice(), this, window, authority, loop.out());
    }
    return new RespConversation(settings, loop.choice(), this, window);
  }

  private SlotRange range() {
    return settings.range(target);
  }

  private InetSocketAddress address() {
    return settings.targets().get(target);
  }

  private void read(SocketChannel open, long now) throws IOException {
    ByteBuffer in = loop.in();
    boolean more = true;
    while (more) {
      in.clear();
      int count = open.read(in);
      if (count < 0) {
        throw new EOFException("the server closed the connection");
      }
      more = !in.hasRemaining();
      in.flip();
      Conversation talking = conversation;
      if (count > 0 && talking != null) {
        talking.receive(in, loop.out(), now);
      }
    }
    if (!loop.out().isEmpty()) {
      flush();
    }
    if (settings.rate() == 0) {
      fill(now);
    }
  }

  /** Sends as many requests as there may be. */
  void fill(long now) {
    Conversation talking = conversation;
    if (paused || talking == null || loop.isEnding()) {
      return;
    }
    int room = talking.room();
    int added = 0;
    while (added < room && loop.next(range())) {
      talking.request(loop.out(), now, now);
      added++;
    }
    if (added > 0) {
      talking.endBatch(loop.out());
      flushOrLose(now);
    }
  }

  /** Sends the chosen request, which was due then, if there is room for it. */
  boolean send(long due, long now) {
    Conversation talking = conversation;
    if (paused || talking == null || unsent != null || talking.room() < 1) {
      return false;
    }
    talking.request(loop.out(), due, now);
    flushOrLose(now);
    return true;
  }

  private void flushOrLose(long now) {
    try {
      flush();
    } catch (IOException e) {
      lose("connection lost", now);
    }
  }

  /** Sends what waits, then what was written; keeps what the socket does not take. */
  private void flush() throws IOException {
    SocketChannel open = channel;
    SelectionKey selected = key;
    if (open == null || selected == null) {
      loop.out().clear();
      return;
    }
    if (unsent != null) {
      open.write(unsent);
      unsent = unsent.hasRemaining() ? unsent : null;
    }
    ByteBuffer fresh = loop.out().flip();
    try {
      if (unsent == null) {
        open.write(fresh);
      }
      if (fresh.hasRemaining()) {
        unsent = joined(unsent, fresh);
      }
    } finally {
      loop.out().clear();
    }
    int wanted = SelectionKey.OP_READ | (unsent == null ? 0 : SelectionKey.OP_WRITE);
    if (selected.interestOps() != wanted) {
      selected.interestOps(wanted);
    }
  }

  private static ByteBuffer joined(@Nullable ByteBuffer first, ByteBuffer second) {
    int size = (first == null ? 0 : first.remaining()) + second.remaining();
    ByteBuffer both = ByteBuffer.allocateDirect(size);
    if (first != null) {
      both.put(first);
    }
    return both.put(second).flip();
  }

  /** Gives up requests that took too long, and the connection with them. */
  void checkTimeout(long now) {
    Conversation talking = conversation;
    if (talking != null
        && talking.outstanding() > 0
        && now - talking.oldest() > settings.timeout()) {
      lose("timeout", now);
    }
  }

  private void lose(String kind, long now) {
    Conversation talking = conversation;
    int lost = talking == null ? 1 : Math.max(1, talking.outstanding());
    for (int i = 0; i < lost; i++) {
      loop.tally().failed(kind, now);
    }
    loop.out().clear();
    boolean connecting = talking == null;
    close();
    target = (target + 1) % settings.targets().size();
    loop.lost(connecting);
    pause(now);
  }

  private void pause(long now) {
    paused = true;
    loop.wakeLater(this, now + PAUSE);
  }

  @Override
  public void done(long due, long sent, long now) {
    loop.tally().done(due, sent, now);
  }

  @Override
  public void failed(String kind, long now) {
    loop.tally().failed(kind, now);
    if (!paused) {
      pause(now);
    }
  }

  /** Whether nothing is under way. */
  boolean isIdle() {
    Conversation talking = conversation;
    return talking != null && talking.outstanding() == 0;
  }

  void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // closed all the same
    }
    channel = null;
    key = null;
    conversation = null;
    unsent = null;
  }
}
