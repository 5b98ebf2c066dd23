package kvstore.testkit.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One measurement from connecting to its report. Used once, by one thread. */
final class LoadRun {

  private static final long SECOND = 1_000_000_000;
  private static final long NEVER = Long.MAX_VALUE / 4;

  private final LoadSettings settings;
  private final ThreadMXBean threadTimes = ManagementFactory.getThreadMXBean();
  private final List<LoadLoop> loops = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  LoadRun(LoadSettings settings) throws IOException {
    this.settings = settings;
    AtomicLong inOrder = new AtomicLong();
    for (int first = 0; first < settings.threads(); first++) {
      LoadLoop loop = new LoadLoop(settings, first, inOrder, System.nanoTime() + first);
      loops.add(loop);
      Thread thread = new Thread(loop, "load-" + first);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  /**
   * Connects, loads, measures.
   *
   * @param begun told the begin of the measurement, nanoseconds of the monotonic clock
   * @throws IOException if not all connections could be made within the timeout
   */
  LoadReport run(java.util.function.LongConsumer begun) throws IOException, InterruptedException {
    boolean counted = settings.requests() > 0;
    long started = System.nanoTime();
    if (counted) {
      measure(new Window(started, started + NEVER));
    }
    threads.forEach(Thread::start);
    try {
      awaitConnections();
    } catch (IOException e) {
      measure(new Window(started - 1, started)); // long over: ends the loops
      throw e;
    }
    long ready = System.nanoTime();
    Window window =
        counted
            ? new Window(started, started + NEVER)
            : new Window(ready + settings.settle(), ready + settings.settle() + settings.seconds());
    if (!counted) {
      measure(window);
      sleepUntil(window.begin());
    }
    begun.accept(window.begin());
    long ticks = ProcessCpu.ticks(settings.pids());
    long busy = loopTime();
    if (!counted) {
      sleepUntil(window.end());
    }
    long ticksAtEnd = ProcessCpu.ticks(settings.pids());
    for (Thread thread : threads) {
      thread.join();
    }
    if (counted) {
      ticksAtEnd = ProcessCpu.ticks(settings.pids());
    }
    long length = counted ? System.nanoTime() - started : settings.seconds();
    long busyAtEnd = loops.stream().mapToLong(LoadLoop::cpuAtEnd).sum();
    double load = counted ? 0 : Math.max(0, busyAtEnd - busy) / (double) length;
    return new LoadReport(
        settings, window.begin(), length, tallies(), unsent(), load, ticksAtEnd - ticks);
  }

  private void measure(Window window) {
    loops.forEach(loop -> loop.measure(window));
  }

  private void awaitConnections() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + settings.timeout() + SECOND * settings.clients() / 200;
    for (LoadLoop loop : loops) {
      if (!loop.allConnected().await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw new IOException(
            "expected "
                + settings.connections()
                + " connections to be made, but "
                + loop.allConnected().getCount()
                + " were not; errors: "
                + loop.tally().errors);
      }
    }
  }

  private static void sleepUntil(long time) throws InterruptedException {
    long wait;
    while ((wait = time - System.nanoTime()) > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
  }

  /** Processor time that the loops have used, in nanoseconds. */
  private long loopTime() {
    long sum = 0;
    for (Thread thread : threads) {
      sum += Math.max(0, threadTimes.getThreadCpuTime(thread.getId()));
    }
    return sum;
  }

  private List<Tally> tallies() {
    return loops.stream().map(LoadLoop::tally).toList();
  }

  private long unsent() {
    return loops.stream().mapToLong(LoadLoop::unsent).sum();
  }
}
