package kvstore.testkit.simulation;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import kvstore.replication.NodeId;

/** A process of a node, from its start to its death: it has clocks, a timer and workers. */
final class Life {

  /** The wall clock when the simulation begins: any day will do. */
  private static final long EPOCH_MILLIS = 1_800_000_000_000L;

  final World world;
  final NodeId node;

  /** What it was to do while it was stalled. */
  final List<Runnable> deferred = new ArrayList<>();

  private final double rate;
  private final long origin;
  private long wallOffsetMillis;
  private final SimulatedTimer timer;
  private final List<Runnable> afterEachStep = new ArrayList<>();
  private long due;
  private boolean dead;
  private boolean stalled;
  private long stalledAt;

  Life(World world, NodeId node) {
    this.world = world;
    this.node = node;
    this.rate = 1 + world.rates.drift * (world.random.nextDouble() - 0.5);
    this.origin = world.between(0, 1L << 40);
    long skew = world.rates.wallSkewMillis;
    this.wallOffsetMillis = world.between(-skew, skew);
    this.timer = new SimulatedTimer(this);
  }

  boolean isDead() {
    return dead;
  }

  /** Nothing that it was to do will be done. */
  void die() {
    dead = true;
  }

  boolean isStalled() {
    return stalled;
  }

  void stalled(boolean value) {
    stalled = value;
    stalledAt = world.now();
  }

  /** Since when it has stood still not once; 0 if it never has. */
  long awakeSince() {
    return stalledAt;
  }

  /** Called after each step of this process. */
  void afterEachStep(Runnable work) {
    afterEachStep.add(work);
  }

  void run(Runnable work) {
    work.run();
    for (Runnable after : afterEachStep) {
      after.run();
    }
  }

  /** The monotonic clock, at its own rate. */
  long nanoTime() {
    return origin + (long) (world.now() * rate);
  }

  /** The wall clock, right or wrong. Asking it takes time, now and then a long time. */
  InstantSource clock() {
    return () -> {
      maybeStall();
      return Instant.ofEpochMilli(EPOCH_MILLIS + wallOffsetMillis + world.now() / Rates.MILLI);
    };
  }

  /** Somebody sets the wall clock, right or wrong. */
  void setWall(long offsetMillis) {
    wallOffsetMillis = offsetMillis;
  }

  /** The next place that may be held up for long is. */
  void stallInNextStep(long nanos) {
    due = nanos;
  }

  /**
   * What a process that was killed in mid-step still does on its way out, in its finally blocks,
   * reaches no disk: the next process may be at work there.
   */
  void mustLive() {
    if (isDead()) {
      throw new World.Killed();
    }
  }

  /** A place in which the process may be held up for long. */
  void maybeStall() {
    if (due > 0 && world.chance(0.5)) {
      long nanos = due;
      due = 0;
      world.stallHere(this, nanos);
    } else if (world.chance(world.rates.stalls)) {
      world.stallHere(this, world.between(1, 1_500) * Rates.MILLI);
    }
  }

  SimulatedTimer timer() {
    return timer;
  }

  /** Several workers: what was given first need not be done first. */
  Executor workers() {
    return task -> {
      long pause = world.chance(0.1) ? 50 * Rates.MILLI : Rates.MILLI;
      world.after(world.between(1, pause), this, task);
    };
  }

  @Override
  public String toString() {
    return node.value();
  }
}
