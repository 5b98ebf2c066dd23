package kvstore.testkit.simulation;

import java.util.SplittableRandom;

/** How often, how long and how much; each seed has its own, so that each finds other weather. */
final class Rates {

  static final long MICRO = 1_000;
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000_000_000;

  /** Three of them found the cluster's groups; a fourth leaves room to move. */
  final int nodes;

  /** How long a message between nodes takes, at most, on a good day. */
  final long delay;

  /** Messages of the log that take much longer, and so are overtaken. */
  double late;

  double lost;
  final double duplicated;

  /** How long an fsync takes, at most. */
  final long sync;

  double syncFails;

  /** Steps of a process in which it stands still. */
  double stalls;

  /** Reads that memory cannot answer. */
  final double cold;

  /** Writes after which the storage happens to be flushed. */
  final double flush;

  /** Writes to the storage that fail. */
  double writeFails;

  /** Entries applied between two snapshots. */
  final int snapshotEntries;

  /** Bytes of a snapshot in a message. */
  int chunk;

  /** Proposals refused because a queue is full. */
  double overloaded;

  /** How long applying may lag behind committing, at most. */
  final long applyLag;

  /** By how much the rates of two clocks differ, at most. */
  final double drift;

  /** Wall clocks are so far apart, at most. */
  final long wallSkewMillis;

  Rates(SplittableRandom random) {
    nodes = (int) pick(random, 3, 4);
    delay = pick(random, 200 * MICRO, 1 * MILLI, 5 * MILLI, 20 * MILLI);
    late = pick(random, 0, 0.01, 0.05);
    lost = pick(random, 0, 0, 0.01, 0.05);
    duplicated = pick(random, 0, 0.01);
    sync = pick(random, 200 * MICRO, 2 * MILLI, 20 * MILLI);
    syncFails = pick(random, 0, 0, 0.002, 0.01);
    stalls = pick(random, 0, 0.0005, 0.002);
    cold = pick(random, 0, 0.1, 0.5);
    flush = pick(random, 0, 0.02, 0.2);
    writeFails = pick(random, 0, 0, 0.001);
    snapshotEntries = (int) pick(random, 20, 60, 1_000);
    chunk = (int) pick(random, 100, 500, 4_000);
    overloaded = pick(random, 0, 0, 0.01);
    applyLag = pick(random, 50 * MICRO, 1 * MILLI, 30 * MILLI);
    drift = pick(random, 0, 0.02);
    wallSkewMillis = pick(random, 0, 50, 2_000);
  }

  /** From now on nothing fails any more. */
  void calm() {
    chunk = 64_000;
    lost = 0;
    late = 0;
    stalls = 0;
    syncFails = 0;
    writeFails = 0;
    overloaded = 0;
  }

  private static long pick(SplittableRandom random, long... values) {
    return values[random.nextInt(values.length)];
  }

  private static double pick(SplittableRandom random, double... values) {
    return values[random.nextInt(values.length)];
  }
}
