package kvstore.testkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Speaks gRPC with etcd v3: {@code Put} and {@code Range} of one key. Each request is a stream of
 * its own; a client sends its next one as soon as its last is answered.
 *
 * <p>Written by hand, because a general gRPC client costs several times as much processor time per
 * call, which on a machine shared with the servers would be taken from etcd alone.
 */
final class EtcdConversation implements Conversation, Http2Frames.Frames {

  /** A request must fit the window that a stream begins with. */
  static final int LONGEST_VALUE = 60_000;

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
  private static final String PUT = "/etcdserverpb.KV/Put";
  private static final String RANGE = "/etcdserverpb.KV/Range";
  private static final int FIRST_WINDOW = 65_535;
  private static final int WIDEST_WINDOW = Integer.MAX_VALUE;
  private static final int SETTING_PUSH = 2;
  private static final int SETTING_WINDOW = 4;
  private static final int GRPC_HEAD = 5;
  private static final byte FIELD_1 = 0x0A;
  private static final byte FIELD_2 = 0x12;
  private static final byte SERIALIZABLE = 0x38;

  private final LoadSettings settings;
  private final KeyChoice choice;
  private final Answers answers;
  private final Http2Frames frames = new Http2Frames();
  private final RequestHeaders headers;
  private final int[] streams; // 0: the slot is free
  private final long[] due;
  private final long[] sent;
  private final int[] received;
  private final boolean[] read;
  private int outstanding;
  private int nextStream = 1;
  private long sendWindow = FIRST_WINDOW;
  private long consumed;
  private Outbox out;
  private long now;

  EtcdConversation(
      LoadSettings settings,
      KeyChoice choice,
      Answers answers,
      int window,
      String authority,
      Outbox out) {
    this.settings = settings;
    this.choice = choice;
    this.answers = answers;
    this.headers = new RequestHeaders(authority);
    this.streams = new int[window];
    this.due = new long[window];
    this.sent = new long[window];
    this.received = new int[window];
    this.read = new boolean[window];
    this.out = out;
  }

  @Override
  public void begin(Outbox out) {
    ByteBuffer buffer = out.room(128);
    buffer.put(PREFACE);
    Http2Frames.putHead(buffer, 12, Http2Frames.SETTINGS, 0, 0);
    buffer.putShort((short) SETTING_PUSH).putInt(0);
    buffer.putShort((short) SETTING_WINDOW).putInt(WIDEST_WINDOW);
    Http2Frames.putHead(buffer, 4, Http2Frames.WINDOW_UPDATE, 0, 0);
    buffer.putInt(WIDEST_WINDOW - FIRST_WINDOW);
  }

  @Override
  public int room() {
    int request = GRPC_HEAD + KeyChoice.KEY_SIZE + settings.valueSize() + 16;
    return (int) Math.min(streams.length - outstanding, sendWindow / request);
  }

  @Override
  public void request(Outbox out, long due, long now) {
    int slot = slotOf(0);
    streams[slot] = nextStream;
    this.due[slot] = due;
    this.sent[slot] = now;
    received[slot] = 0;
    read[slot] = !choice.write();
    outstanding++;

    ByteBuffer buffer = out.room(RequestHeaders.LONGEST + 64 + choice.valueSize());
    int head = buffer.position();
    buffer.position(head + Http2Frames.HEAD);
    headers.put(buffer, choice.write() ? PUT : RANGE);
    close(buffer, head, Http2Frames.HEADERS, Http2Frames.END_HEADERS);
    int data = buffer.position();
    buffer.position(data + Http2Frames.HEAD + GRPC_HEAD);
    message(buffer);
    int length = buffer.position() - data - Http2Frames.HEAD - GRPC_HEAD;
    buffer.put(data + Http2Frames.HEAD, (byte) 0).putInt(data + Http2Frames.HEAD + 1, length);
    close(buffer, data, Http2Frames.DATA, Http2Frames.END_STREAM);
    sendWindow -= GRPC_HEAD + length;
    nextStream += 2;
  }

  /** {@code PutRequest} or {@code RangeRequest} of etcd's rpc.proto. */
  private void message(ByteBuffer buffer) {
    buffer.put(FIELD_1).put((byte) KeyChoice.KEY_SIZE);
    choice.putKey(buffer);
    if (choice.write()) {
      buffer.put(FIELD_2);
      int rest = choice.valueSize();
      for (; rest > 0x7F; rest >>>= 7) {
        buffer.put((byte) (rest | 0x80));
      }
      buffer.put((byte) rest);
      choice.putValue(buffer);
    } else if (settings.serializable()) {
      buffer.put(SERIALIZABLE).put((byte) 1);
    }
  }

  /** Fills in the head of the frame that begins at {@code head} and ends here. */
  private void close(ByteBuffer buffer, int head, int type, int flags) {
    int end = buffer.position();
    buffer.position(head);
    Http2Frames.putHead(buffer, end - head - Http2Frames.HEAD, type, flags, nextStream);
    buffer.position(end);
  }

  @Override
  public void endBatch(Outbox out) {}

  @Override
  public void receive(ByteBuffer in, Outbox out, long now) throws IOException {
    this.out = out;
    this.now = now;
    frames.scan(in, this);
  }

  @Override
  public void frame(int type, int flags, int stream, ByteBuffer payload) throws IOException {
    switch (type) {
      case Http2Frames.DATA -> data(flags, stream, payload.remaining());
      case Http2Frames.HEADERS -> endIf((flags & Http2Frames.END_STREAM) != 0, stream);
      case Http2Frames.RST_STREAM -> fail(stream, "stream reset");
      case Http2Frames.GOAWAY -> throw new IOException("the server goes away");
      case Http2Frames.SETTINGS -> settings(flags, payload);
      case Http2Frames.PING -> ping(flags, payload);
      case Http2Frames.WINDOW_UPDATE -> sendWindow += stream == 0 ? payload.getInt() : 0;
      default -> {}
    }
  }

  private void data(int flags, int stream, int length) throws IOException {
    received[asked(stream)] += length;
    consumed += length;
    if (consumed > WIDEST_WINDOW / 2) {
      ByteBuffer buffer = out.room(16);
      Http2Frames.putHead(buffer, 4, Http2Frames.WINDOW_UPDATE, 0, 0);
      buffer.putInt((int) consumed);
      consumed = 0;
    }
    endIf((flags & Http2Frames.END_STREAM) != 0, stream);
  }

  /** A call that failed has trailers only; one that succeeded has a message before them. */
  private void endIf(boolean ends, int stream) throws IOException {
    if (!ends) {
      return;
    }
    int slot = asked(stream);
    if (received[slot] < GRPC_HEAD) {
      fail(stream, "refused");
    } else if (read[slot] && received[slot] < settings.valueSize()) {
      fail(stream, "missing key");
    } else {
      free(slot);
      answers.done(due[slot], sent[slot], now);
    }
  }

  /** Fails a request, unless it has been answered: a stream may be reset after its end. */
  private void fail(int stream, String kind) {
    int slot = slotOf(stream);
    if (slot >= 0) {
      free(slot);
      answers.failed(kind, now);
    }
  }

  private void free(int slot) {
    streams[slot] = 0;
    outstanding--;
  }

  private int asked(int stream) throws IOException {
    int slot = slotOf(stream);
    if (slot < 0) {
      throw new IOException("expected an answer to what was asked, but got stream " + stream);
    }
    return slot;
  }

  /** Where the stream is, or -1; stream 0 finds a free slot. */
  private int slotOf(int stream) {
    for (int slot = 0; slot < streams.length; slot++) {
      if (streams[slot] == stream) {
        return slot;
      }
    }
    return -1;
  }

  private void settings(int flags, ByteBuffer payload) throws IOException {
    if ((flags & Http2Frames.ACK) != 0) {
      return;
    }
    while (payload.remaining() >= 6) {
      int name = payload.getShort();
      int value = payload.getInt();
      if (name == SETTING_WINDOW && value >= 0 && value < FIRST_WINDOW) {
        throw new IOException("expected stream windows of " + FIRST_WINDOW + " or more: " + value);
      }
    }
    Http2Frames.putHead(out.room(16), 0, Http2Frames.SETTINGS, Http2Frames.ACK, 0);
  }

  private void ping(int flags, ByteBuffer payload) {
    if ((flags & Http2Frames.ACK) == 0) {
      ByteBuffer buffer = out.room(32);
      Http2Frames.putHead(buffer, 8, Http2Frames.PING, Http2Frames.ACK, 0);
      buffer.putLong(payload.getLong());
    }
  }

  @Override
  public int outstanding() {
    return outstanding;
  }

  @Override
  public long oldest() {
    long oldest = now;
    boolean found = false;
    for (int slot = 0; slot < streams.length; slot++) {
      if (streams[slot] != 0 && (!found || sent[slot] - oldest < 0)) {
        oldest = sent[slot];
        found = true;
      }
    }
    return oldest;
  }
}
