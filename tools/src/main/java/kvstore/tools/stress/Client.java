package kvstore.tools.stress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import kvstore.protocol.ProtocolException;
import kvstore.tools.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One client: a connection at a time to one of the targets, the requests under way on it, and the
 * keys that it alone writes. When its target dies it goes on with the next one. Owned by one
 * thread.
 */
final class Client {

  private static final long MILLI = 1_000_000;
  private static final long LONGEST_PAUSE = 100 * MILLI;
  private static final long LONGEST_RECONNECT_PAUSE = 500 * MILLI;
  private static final int LEAST_BUFFER = 16 << 10;
  private static final int USUAL_BUFFER = 64 << 10;

  private final Setup setup;
  private final Selector selector;
  private final int number;
  private final Ledger ledger;
  private final ReplyScanner scanner;
  private final InFlight inFlight;
  private final ByteBuffer in;
  private final ByteBuffer out;
  private final long timeout;

  private Work work = new SweepWork(Operation.GET, 0, 1);
  private Meter meter = new Meter(0);
  private Errors errors = new Errors();
  private @Nullable Connection connection;
  private boolean everConnected;
  private int target;
  private int failures;
  private long connectingSince;
  private long resumeAt;
  private long pause;
  private int unread;

  Client(Setup setup, Selector selector, int number) {
    this.setup = setup;
    this.selector = selector;
    this.number = number;
    this.target = number % setup.targets().size();
    this.timeout = setup.workload().timeout().toNanos();
    this.ledger = new Ledger(setup.workload().keysOf(number));
    this.inFlight = new InFlight(setup.widestWindow() + 1);
    int value = setup.values().size();
    this.scanner = new ReplyScanner(Math.max(value, 1 << 12));
    this.in = ByteBuffer.allocateDirect(Math.max(LEAST_BUFFER, value + (8 << 10)));
    long longest = setup.requests().longest();
    long room = Math.min(longest * setup.widestWindow(), USUAL_BUFFER);
    this.out = ByteBuffer.allocateDirect((int) Math.max(LEAST_BUFFER, Math.max(longest, room)));
    this.resumeAt = System.nanoTime();
  }

  int number() {
    return number;
  }

  /** Begins a phase; what is left of the one before is given up. */
  void begin(Work nextWork, Meter nextMeter, Errors nextErrors, long now) {
    if (inFlight.count() > 0) {
      broken(now, Errors.TIMEOUT, "given up at the end of a phase");
    }
    work = nextWork;
    meter = nextMeter;
    errors = nextErrors;
  }

  boolean finished(long now) {
    return inFlight.count() == 0 && work.due(now) == Work.NEVER;
  }

  long unsent(long now) {
    return work.unsent(now);
  }

  /** Does what is due; the ns until there may be more to do without anything coming in. */
  long tick(long now) {
    Connection open = connection;
    if (finished(now)) {
      return Work.NEVER;
    }
    if (open == null) {
      return now - resumeAt < 0 ? resumeAt - now : connect(now);
    }
    if (!open.isConnected()) {
      if (now - connectingSince > timeout) {
        broken(now, Errors.CONNECT, "no connection to " + target() + " in time");
      }
      return 10 * MILLI;
    }
    if (inFlight.count() > 0 && now - inFlight.sent() > timeout) {
      broken(now, Errors.TIMEOUT, "no answer from " + target() + " in " + timeout / MILLI + " ms");
      return 0;
    }
    if (now - resumeAt < 0) {
      return resumeAt - now;
    }
    try {
      send(open, now);
    } catch (IOException e) {
      broken(now, Errors.DISCONNECTED, describe(e));
      return 0;
    }
    long due = work.due(now);
    return due == Work.NEVER || due - now <= 0 ? timeout : due - now;
  }

  /**
   * The selector has seen something on the connection; the ns after which {@link #tick} is wanted,
   * {@link Work#NEVER} if there is no hurry.
   */
  long ready(long now) {
    Connection open = connection;
    if (open == null) {
      return Work.NEVER;
    }
    boolean wasConnected = open.isConnected();
    try {
      if (!wasConnected) {
        open.finishConnect();
        greet(open, now);
      } else {
        meter.sent(open.flush());
        receive(open, now);
      }
      if (connection == open && now - resumeAt >= 0) {
        send(open, now);
        return inFlight.count() == 0 ? 0 : Work.NEVER;
      }
    } catch (IOException e) {
      broken(now, wasConnected ? Errors.DISCONNECTED : Errors.CONNECT, describe(e));
    } catch (ProtocolException e) {
      broken(now, Errors.PROTOCOL, target() + " sent " + e.getMessage());
    }
    return Math.max(0, resumeAt - now);
  }

  void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  private long connect(long now) {
    connectingSince = now;
    try {
      Connection opened = new Connection(selector, target(), in, out, this);
      connection = opened;
      if (opened.isConnected()) {
        greet(opened, now);
        return 0;
      }
    } catch (IOException e) {
      broken(now, Errors.CONNECT, describe(e));
    }
    return 10 * MILLI;
  }

  private void greet(Connection open, long now) {
    if (everConnected) {
      meter.reconnected();
    }
    everConnected = true;
    var credentials = setup.workload().credentials();
    if (credentials != null) {
      open.out().put(RequestFormat.auth(credentials));
      inFlight.add(Operation.AUTH, 0, 0, now, now);
    }
  }

  private void send(Connection open, long now) throws IOException {
    ByteBuffer buffer = open.out();
    int longest = setup.requests().longest();
    int window = work.window();
    while (inFlight.count() < window && buffer.remaining() >= longest) {
      long due = work.due(now);
      if (due == Work.NEVER || due - now > 0) {
        break;
      }
      work.take(now);
      Operation operation = work.operation();
      int key = work.key();
      int version = operation == Operation.SET ? ledger.nextVersion(key) : 0;
      setup.requests().write(buffer, operation, keyNumber(key), version);
      inFlight.add(operation, key, version, work.intended(), now);
    }
    meter.sent(open.flush());
  }

  private long keyNumber(int key) {
    return setup.workload().keyNumber(number, key);
  }

  private void receive(Connection open, long now) throws IOException {
    ByteBuffer buffer = open.receive();
    int received = buffer.limit() - buffer.position();
    meter.received(received - unread);
    try {
      while (buffer.hasRemaining()) {
        ReplyScanner.Kind kind = scanner.next(buffer);
        if (kind == ReplyScanner.Kind.NONE) {
          break;
        }
        if (inFlight.count() == 0) {
          throw new ProtocolException("a reply that nothing asked for");
        }
        complete(kind, buffer, now);
      }
    } finally {
      unread = buffer.remaining();
      open.consumed();
    }
  }

  private void complete(ReplyScanner.Kind kind, ByteBuffer buffer, long now) {
    Operation operation = inFlight.operation();
    if (kind == ReplyScanner.Kind.ERROR) {
      refused(operation, scanner.text(buffer), now);
      return;
    }
    boolean expected =
        switch (operation) {
          case GET -> kind == ReplyScanner.Kind.BULK || kind == ReplyScanner.Kind.NIL;
          case SET, AUTH -> kind == ReplyScanner.Kind.STATUS;
          case DEL -> kind == ReplyScanner.Kind.INTEGER;
        };
    if (!expected) {
      throw new ProtocolException(kind + " in answer to " + operation);
    }
    if (operation != Operation.AUTH) {
      meter.success(operation, inFlight.intended(), now);
      failures = 0;
      pause = 0;
    }
    if (operation == Operation.GET) {
      check(kind, buffer);
    } else if (operation == Operation.SET) {
      ledger.acknowledged(inFlight.key(), inFlight.version());
    }
    inFlight.remove();
  }

  private void check(ReplyScanner.Kind kind, ByteBuffer buffer) {
    int key = inFlight.key();
    int version =
        kind == ReplyScanner.Kind.NIL
            ? Ledger.NIL
            : setup.values().read(buffer, scanner.start(), scanner.length(), keyNumber(key));
    meter.valueChecked();
    if (version == ValueFormat.CORRUPT) {
      errors.add(Errors.WRONG, at(key) + ": not what was written, or damaged");
      return;
    }
    if (version == ValueFormat.OTHER_KEY) {
      errors.add(Errors.WRONG, at(key) + ": the value of another key");
      return;
    }
    int current = ledger.current(key);
    switch (ledger.read(key, version)) {
      case EXPECTED -> {}
      case UNKNOWN_APPLIED -> meter.unknownApplied();
      case LOST ->
          errors.add(
              Errors.LOST,
              at(key)
                  + (version == Ledger.NIL
                      ? ": missing, but write " + current + " was acknowledged"
                      : ": write " + version + ", but " + current + " was acknowledged"));
      case WRONG ->
          errors.add(
              Errors.WRONG,
              at(key) + ": write " + version + ", which was refused, replaced, or not sent yet");
    }
  }

  private String at(int key) {
    return "key number " + keyNumber(key) + " from " + target();
  }

  private void refused(Operation operation, String message, long now) {
    errors.reply(message);
    int key = inFlight.key();
    if (operation == Operation.AUTH) {
      broken(now, Errors.CONNECT, "not logged in: " + message);
      return;
    }
    if (operation != Operation.SET || Refusal.isCertain(message)) {
      work.again(operation, key, inFlight.intended());
    } else {
      ledger.unknown(key, inFlight.version());
      work.lost(operation, key);
    }
    inFlight.remove();
    pause = Math.min(Math.max(2 * pause, 2 * MILLI), LONGEST_PAUSE);
    resumeAt = now + pause;
  }

  /** The connection is of no use any more; what was under way on it will not be answered. */
  private void broken(long now, String kind, String message) {
    close();
    unread = 0;
    errors.add(kind, message, Math.max(1, inFlight.count()));
    while (inFlight.count() > 0) {
      Operation operation = inFlight.operation();
      int key = inFlight.key();
      if (operation == Operation.SET) {
        ledger.unknown(key, inFlight.version());
        work.lost(operation, key);
      } else if (operation != Operation.AUTH) {
        work.again(operation, key, inFlight.intended());
      }
      inFlight.remove();
    }
    int targets = setup.targets().size();
    target = (target + 1) % targets;
    failures++;
    resumeAt =
        failures < targets
            ? now
            : now
                + Math.min(10 * MILLI << Math.min(failures - targets, 6), LONGEST_RECONNECT_PAUSE);
  }

  private Endpoint target() {
    return setup.targets().get(target);
  }

  private String describe(IOException e) {
    String message = e.getMessage();
    return target() + ": " + (message == null ? e.getClass().getSimpleName() : message);
  }
}
