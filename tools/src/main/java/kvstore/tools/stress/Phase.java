package kvstore.tools.stress;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import kvstore.tools.stress.report.Report.Interval;

/**
 * One part of a run on all threads: the keys are written, the load runs, the keys are read again.
 *
 * @param precise whether requests are due at given times
 * @param patience it is given up when nothing has succeeded for so long
 * @param limit it is given up after this time
 */
record Phase(IntFunction<Work> work, boolean precise, Duration patience, Duration limit) {

  /**
   * What came of it.
   *
   * @param endedAt in the time of {@link System#nanoTime}
   * @param complete whether it came to its end and was not given up
   */
  record Result(
      long startedAt,
      long endedAt,
      boolean complete,
      long unsent,
      List<Meter> meters,
      Sampler samples) {

    double seconds() {
      return (endedAt - startedAt) / 1e9;
    }
  }

  private static final long SECOND = 1_000_000_000;

  /** Set by one thread, read by the others. */
  private static final class Stop {
    volatile boolean stopped;
  }

  Result run(
      ExecutorService executor,
      List<LoadThread> threads,
      long startedAt,
      Errors errors,
      Consumer<Interval> progress)
      throws IOException, InterruptedException {
    Stop stop = new Stop();
    List<Meter> meters = new ArrayList<>();
    List<Future<Long>> running = new ArrayList<>();
    for (LoadThread thread : threads) {
      Meter meter = new Meter(startedAt);
      meters.add(meter);
      running.add(
          executor.submit(() -> thread.run(work, precise, meter, errors, () -> stop.stopped)));
    }
    Sampler samples = new Sampler(meters, errors, startedAt, progress);
    try {
      boolean complete = watch(running, samples, startedAt, stop);
      long unsent = 0;
      for (Future<Long> each : running) {
        unsent += result(each);
      }
      long endedAt = System.nanoTime();
      samples.sample(endedAt);
      return new Result(startedAt, endedAt, complete, unsent, meters, samples);
    } finally {
      stop.stopped = true;
    }
  }

  /** Takes a sample each second until all are done; false if it was given up. */
  private boolean watch(List<Future<Long>> running, Sampler samples, long startedAt, Stop stop)
      throws IOException, InterruptedException {
    long successes = 0;
    long successAt = startedAt;
    for (long sampleAt = startedAt + SECOND; ; sampleAt += SECOND) {
      if (allDone(running, sampleAt)) {
        return true;
      }
      long now = System.nanoTime();
      samples.sample(now);
      if (samples.successes() > successes) {
        successes = samples.successes();
        successAt = now;
      }
      if (now - successAt > patience.toNanos() || now - startedAt > limit.toNanos()) {
        stop.stopped = true;
        return false;
      }
    }
  }

  private static boolean allDone(List<Future<Long>> running, long until)
      throws IOException, InterruptedException {
    for (Future<Long> each : running) {
      long wait = until - System.nanoTime();
      try {
        each.get(Math.max(wait, 0), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        return false;
      } catch (ExecutionException e) {
        throw failure(e);
      }
    }
    return true;
  }

  private static long result(Future<Long> future) throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  private static IOException failure(ExecutionException e) {
    return e.getCause() instanceof IOException cause
        ? cause
        : new IOException("the stress test itself failed: " + e.getCause(), e);
  }
}
