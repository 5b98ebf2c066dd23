package kvstore.testkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Speaks with Redis or kvstore. In a closed loop the requests of a connection go out together and
 * the next ones when all are answered, as redis-benchmark does; {@code WAIT} follows each such
 * batch if asked for, and its reply is then the reply to all of them.
 */
final class RespConversation implements Conversation, RespScanner.Replies {

  private static final byte[] SET = "*3\r\n$3\r\nSET\r\n$16\r\n".getBytes(US_ASCII);
  private static final byte[] GET = "*2\r\n$3\r\nGET\r\n$16\r\n".getBytes(US_ASCII);
  private static final byte[] END = {'\r', '\n'};
  private static final byte[] READONLY = "*1\r\n$8\r\nREADONLY\r\n".getBytes(US_ASCII);

  private final LoadSettings settings;
  private final KeyChoice choice;
  private final Answers answers;
  private final RespScanner scanner = new RespScanner();
  private final int window;
  private final boolean batches;
  private final long[] due;
  private final long[] sent;
  private final boolean[] read;
  private final byte[] valueHead;
  private final byte[] waiting;
  private int head;
  private int outstanding;
  private int toBeAnswered; // of a batch that WAIT follows
  private boolean waitUnderWay;
  private boolean hello;
  private long now;

  RespConversation(LoadSettings settings, KeyChoice choice, Answers answers, int window) {
    this.settings = settings;
    this.choice = choice;
    this.answers = answers;
    this.window = window;
    this.batches = settings.rate() == 0;
    this.due = new long[window];
    this.sent = new long[window];
    this.read = new boolean[window];
    this.valueHead = ("\r\n$" + settings.valueSize() + "\r\n").getBytes(US_ASCII);
    int replicas = settings.waitFor();
    long timeout = settings.timeout() / 1_000_000;
    this.waiting = ("WAIT " + replicas + " " + timeout + "\r\n").getBytes(US_ASCII); // inline form
  }

  @Override
  public void begin(Outbox out) {
    hello = settings.readOnly();
    if (hello) {
      out.room(READONLY.length).put(READONLY);
    }
  }

  @Override
  public int room() {
    return waitUnderWay || (batches && outstanding > 0) ? 0 : window - outstanding;
  }

  @Override
  public void request(Outbox out, long due, long now) {
    ByteBuffer buffer = out.room(128 + choice.valueSize());
    buffer.put(choice.write() ? SET : GET);
    choice.putKey(buffer);
    if (choice.write()) {
      buffer.put(valueHead);
      choice.putValue(buffer);
    }
    buffer.put(END);
    int slot = (head + outstanding) % window;
    this.due[slot] = due;
    this.sent[slot] = now;
    this.read[slot] = !choice.write();
    outstanding++;
  }

  @Override
  public void endBatch(Outbox out) {
    if (settings.waitFor() > 0) {
      out.room(waiting.length).put(waiting);
      toBeAnswered = outstanding;
      waitUnderWay = true;
    }
  }

  @Override
  public void receive(ByteBuffer in, Outbox out, long now) throws IOException {
    this.now = now;
    scanner.scan(in, this);
  }

  @Override
  public void reply(byte type, long number) throws IOException {
    if (hello) {
      hello = false;
      if (type != '+') {
        throw new IOException("READONLY was refused: " + scanner.errorWord());
      }
    } else if (waitUnderWay) {
      replyOfBatch(type, number);
    } else if (outstanding == 0) {
      throw new IOException("a reply that nothing was asked for");
    } else if (type == '-') {
      take();
      answers.failed(scanner.errorWord(), now);
    } else {
      answer(type, number);
    }
  }

  private void answer(byte type, long number) {
    int slot = take();
    if (read[slot] && type != '$') {
      answers.failed("missing key", now);
    } else if (read[slot] && number != settings.valueSize()) {
      answers.failed("wrong length", now);
    } else {
      answers.done(due[slot], sent[slot], now);
    }
  }

  /** Writes count as done once {@code WAIT}, the last of their batch, has said so. */
  private void replyOfBatch(byte type, long number) {
    if (toBeAnswered > 0) {
      toBeAnswered--;
      if (type == '-') {
        take();
        answers.failed(scanner.errorWord(), now);
      }
      return;
    }
    waitUnderWay = false;
    while (outstanding > 0) {
      int slot = take();
      if (type == ':' && number >= settings.waitFor()) {
        answers.done(due[slot], sent[slot], now);
      } else {
        answers.failed("too few replicas", now);
      }
    }
  }

  /** Takes the oldest request off the ring. */
  private int take() {
    int slot = head;
    head = head + 1 == window ? 0 : head + 1;
    outstanding--;
    return slot;
  }

  @Override
  public int outstanding() {
    return outstanding;
  }

  @Override
  public long oldest() {
    return sent[head];
  }
}
