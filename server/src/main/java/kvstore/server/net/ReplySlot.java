package kvstore.server.net;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import kvstore.protocol.Reply;
import kvstore.server.router.ReplyHandler;
import kvstore.server.router.Unavailable;
import org.jspecify.annotations.Nullable;

/**
 * The place of one command in its connection's queue of replies. Filled on any thread, once; a
 * second answer is dropped. Everything else belongs to the connection's event loop.
 */
final class ReplySlot implements ReplyHandler {

  private static final VarHandle REPLY;

  static {
    try {
      REPLY = MethodHandles.lookup().findVarHandle(ReplySlot.class, "reply", Reply.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Connection connection;
  private final long startNanos;
  private final long requestBytes;
  private @Nullable CommandEntry entry;
  private boolean resp3;
  private boolean silent;
  private boolean last;
  private boolean barrier;
  private volatile boolean followed;

  @SuppressWarnings("unused") // through REPLY
  private volatile @Nullable Reply reply;

  ReplySlot(Connection connection, long startNanos, long requestBytes, boolean resp3) {
    this.connection = connection;
    this.startNanos = startNanos;
    this.requestBytes = requestBytes;
    this.resp3 = resp3;
  }

  @Override
  public void reply(Reply value) {
    Reply admitted = connection.admitted(value);
    if (REPLY.compareAndSet(this, null, admitted)) {
      connection.completed();
    } else {
      connection.released(admitted); // it was answered already
    }
  }

  @Override
  public void failed(Unavailable reason) {
    reply(Failures.of(reason));
  }

  @Override
  public boolean isFollowed() {
    return followed;
  }

  /** Its connection is about to dispatch another command. */
  void follow() {
    followed = true;
  }

  /** The answer, or null while there is none. */
  @Nullable Reply answer() {
    return (Reply) REPLY.getAcquire(this);
  }

  long startNanos() {
    return startNanos;
  }

  long requestBytes() {
    return requestBytes;
  }

  @Nullable CommandEntry entry() {
    return entry;
  }

  void entry(CommandEntry value) {
    entry = value;
  }

  boolean isResp3() {
    return resp3;
  }

  /** The answer to HELLO is already in the version it chose. */
  void speak(boolean version3) {
    resp3 = version3;
  }

  boolean isSilent() {
    return silent;
  }

  /** The client asked not to be answered (CLIENT REPLY). */
  void silence(boolean value) {
    silent = value;
  }

  /** Whether its connection waits for it before it decodes more. */
  boolean isBarrier() {
    return barrier;
  }

  void makeBarrier() {
    barrier = true;
  }

  boolean isLast() {
    return last;
  }

  /** The connection closes after this answer. */
  void makeLast() {
    last = true;
  }
}
