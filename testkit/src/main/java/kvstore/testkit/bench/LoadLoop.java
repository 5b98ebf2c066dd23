package kvstore.testkit.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Drives a share of the connections in one thread, never blocking on one. Everything but {@link
 * #measure} and {@link #allConnected} belongs to that thread.
 */
final class LoadLoop implements Runnable {

  private static final long MILLI = 1_000_000;
  private static final int MOST_CONNECTING = 64; // fewer than a server lets wait
  private static final long SHORTEST_NAP = 100_000;
  private static final int BUFFER = 256 * 1024;

  private record Sleeper(Lane lane, long until) {}

  private final LoadSettings settings;
  private final Selector selector;
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);
  private final Outbox out = new Outbox();
  private final KeyChoice choice;
  private final Tally tally;
  private final List<Lane> lanes = new ArrayList<>();
  private final ArrayDeque<Lane> unconnected = new ArrayDeque<>();
  private final ArrayDeque<Sleeper> sleepers = new ArrayDeque<>(); // in the order of waking
  private final CountDownLatch toConnect;
  private volatile @Nullable Window window;
  private int connecting;
  private boolean exhausted;
  private int nextLane;
  private long issued;
  private long unsent;
  private long now;
  private volatile long cpuAtEnd;

  /** Takes every {@code threads}th connection, beginning with {@code first}. */
  LoadLoop(LoadSettings settings, int first, AtomicLong inOrder, long seed) throws IOException {
    this.settings = settings;
    this.selector = Selector.open();
    this.choice = new KeyChoice(settings, inOrder, seed);
    this.tally = new Tally(settings);
    for (int number = first; number < settings.connections(); number += settings.threads()) {
      lanes.add(new Lane(settings, this, number));
    }
    unconnected.addAll(lanes);
    toConnect = new CountDownLatch(lanes.size());
  }

  /** Counts down as connections are made for the first time. */
  CountDownLatch allConnected() {
    return toConnect;
  }

  /** Says what to measure; the loop ends with the window. */
  void measure(Window window) {
    this.window = window;
    selector.wakeup();
  }

  Tally tally() {
    return tally;
  }

  /** Requests that were due and have not been sent. */
  long unsent() {
    return unsent;
  }

  /** Processor time, in nanoseconds, that the thread had used when the window ended. */
  long cpuAtEnd() {
    return cpuAtEnd;
  }

  @Override
  public void run() {
    try {
      work();
    } catch (IOException e) {
      throw new IllegalStateException("the load's selector failed", e);
    } finally {
      cpuAtEnd = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      tally.close(now);
      lanes.forEach(Lane::close);
      try {
        selector.close();
      } catch (IOException e) {
        // closed all the same
      }
    }
  }

  private void work() throws IOException {
    now = System.nanoTime();
    long started = now;
    long timeoutsAt = now;
    while (true) {
      Window open = window;
      if (open != null && !tally.isOpen()) {
        tally.open(open);
      }
      if (open != null && (now - open.end() >= 0 || finished())) {
        unsent = dueBy(now - started) - issued;
        return;
      }
      if (now - timeoutsAt >= 0) {
        lanes.forEach(lane -> lane.checkTimeout(now));
        timeoutsAt = now + 100 * MILLI;
      }
      connectSome();
      wakeSleepers();
      boolean ready = settings.rate() > 0 ? serveOnSchedule(started) : serve(5);
      now = ready ? now : System.nanoTime();
    }
  }

  private boolean finished() {
    return exhausted && sleepers.isEmpty() && lanes.stream().allMatch(Lane::isIdle);
  }

  private void connectSome() {
    while (connecting < MOST_CONNECTING && !unconnected.isEmpty()) {
      connecting++;
      unconnected.remove().connect(now);
    }
  }

  private void wakeSleepers() {
    while (!sleepers.isEmpty() && now - sleepers.element().until() >= 0) {
      Lane lane = sleepers.remove().lane();
      lane.wake(now);
    }
  }

  private boolean serve(long millis) throws IOException {
    int count =
        millis == 0 ? selector.selectNow(this::ready) : selector.select(this::ready, millis);
    if (count == 0) {
      return false;
    }
    now = System.nanoTime();
    return true;
  }

  private void ready(SelectionKey key) {
    now = System.nanoTime();
    if (key.attachment() instanceof Lane lane) {
      lane.ready(now);
    }
  }

  /** Sends what is due, as far as there is room, and takes the answers. */
  private boolean serveOnSchedule(long started) throws IOException {
    long due = dueBy(now - started);
    boolean room = true;
    while (room && issued < due) {
      room = sendNext(started + (long) (issued / settings.rate() * 1e9 * settings.threads()));
    }
    if (!room) {
      return serve(1); // what comes makes room
    }
    if (serve(0)) {
      return true;
    }
    LockSupport.parkNanos(SHORTEST_NAP); // the selector can not wait for less than a millisecond
    return serve(0);
  }

  private boolean sendNext(long due) {
    if (!next(SlotRange.ALL)) {
      return false;
    }
    for (int tried = 0; tried < lanes.size(); tried++) {
      Lane lane = lanes.get(nextLane);
      nextLane = nextLane + 1 == lanes.size() ? 0 : nextLane + 1;
      if (lane.send(due, now)) {
        issued++;
        return true;
      }
    }
    return false;
  }

  /** Requests of this thread that are due so long after the start. */
  private long dueBy(long elapsed) {
    return (long) (elapsed / 1e9 * settings.rate() / settings.threads());
  }

  /** Chooses the next request, with a key in this range; false when all have been sent. */
  boolean next(SlotRange range) {
    if (exhausted || !choice.next(range)) {
      exhausted = true;
      return false;
    }
    return true;
  }

  boolean isEnding() {
    return exhausted;
  }

  void connected(boolean forTheFirstTime) {
    if (forTheFirstTime) {
      toConnect.countDown();
      connecting = Math.max(0, connecting - 1);
    }
  }

  void lost(boolean whileConnecting) {
    if (whileConnecting) {
      connecting = Math.max(0, connecting - 1);
    }
  }

  void wakeLater(Lane lane, long until) {
    sleepers.add(new Sleeper(lane, until));
  }

  Selector selector() {
    return selector;
  }

  ByteBuffer in() {
    return in;
  }

  Outbox out() {
    return out;
  }

  KeyChoice choice() {
    return choice;
  }
}
