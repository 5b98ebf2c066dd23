package kvstore.testkit.simulation;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import kvstore.server.burst.Burst;
import org.jspecify.annotations.Nullable;

/**
 * Simulated time, and all that is to happen, in the order in which it will. One thread runs it; all
 * chance comes from the seed, so a seed always gives the same run.
 */
final class World {

  private record Event(long at, long sequence, @Nullable Life life, Runnable work)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  /** Unwinds what a process was doing when it was killed in the middle of it. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("this process was killed", null, false, false);
    }
  }

  static final boolean TELL = Boolean.getBoolean("kvstore.simulation.trace");

  final long seed;
  final SplittableRandom random;
  final Rates rates;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long now;
  private long sequence;
  private long steps;
  private long trace = 1_125_899_906_842_597L;
  private boolean stalling;
  private @Nullable String violation;

  World(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.rates = new Rates(random);
  }

  /** Nanoseconds since the beginning. */
  long now() {
    return now;
  }

  long steps() {
    return steps;
  }

  /** A number that two runs share only if they did the same. */
  long trace() {
    return trace;
  }

  /** Has something happen that belongs to no process: faults, wires, clients. */
  void after(long nanos, Runnable work) {
    add(nanos, null, work);
  }

  /**
   * Has a process do something, unless it is dead by then; a process that is stalled does it late.
   */
  void after(long nanos, Life life, Runnable work) {
    add(nanos, life, work);
  }

  private void add(long nanos, @Nullable Life life, Runnable work) {
    events.add(new Event(now + Math.max(0, nanos), sequence++, life, work));
  }

  /** A time between two, evenly. */
  long between(long least, long most) {
    return least >= most ? least : random.nextLong(least, most + 1);
  }

  boolean chance(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  /** What must never be has been seen; the run ends after this step. */
  void violated(String what) {
    if (violation == null) {
      violation = what;
    }
  }

  @Nullable String violation() {
    return violation;
  }

  /** Says what happens, in runs that are looked at. */
  void tell(Supplier<String> what) {
    if (TELL) {
      System.out.printf("%10.3f ms  %s%n", now / 1e6, what.get());
    }
  }

  /** Does the next thing; false if there is none. */
  boolean step() {
    Event next = events.poll();
    if (next == null) {
      return false;
    }
    run(next);
    return true;
  }

  private void run(Event event) {
    now = Math.max(now, event.at());
    Life life = event.life();
    if (life == null) {
      event.work().run();
    } else if (life.isDead()) {
      return;
    } else if (life.isStalled()) {
      life.deferred.add(() -> events.add(event));
      return;
    } else {
      try {
        life.run(event.work());
      } catch (Killed e) {
        tell(() -> life + " was killed in mid-step");
      } catch (RuntimeException e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        violated("a step of " + life + " failed: " + trace);
      }
    }
    steps++;
    trace = trace * 31 + event.at() * 17 + event.sequence();
  }

  /** The process does nothing for a time, from the end of this step on; the others go on. */
  void stall(Life life, long nanos) {
    tell(() -> life + " stalls for " + nanos / 1_000_000 + " ms");
    life.stalled(true);
    after(nanos, () -> resume(life));
  }

  private void resume(Life life) {
    life.stalled(false);
    life.deferred.forEach(Runnable::run);
    life.deferred.clear();
  }

  /**
   * The process stands still here, in the middle of what it does, while the others go on. One at a
   * time: within a stall there is no other.
   */
  void stallHere(Life life, long nanos) {
    if (stalling || life.isDead() || life.isStalled()) {
      return;
    }
    stalling = true;
    boolean burst = !Burst.begin();
    Burst.end(); // what is put off belongs to this process, and must not keep the others waiting
    tell(() -> life + " stands still in mid-step for " + nanos / 1_000_000 + " ms");
    life.stalled(true);
    long until = now + nanos;
    while (violation == null) {
      Event next = events.peek();
      if (next == null || next.at() > until) {
        break;
      }
      step();
    }
    now = Math.max(now, until);
    stalling = false;
    resume(life);
    if (burst) {
      Burst.begin();
    }
    life.mustLive();
  }
}
