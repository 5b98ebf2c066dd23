package kvstore.server.burst;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one thread does in one go, such as to read all sockets that are ready, or to answer all
 * commands of a log entry. What others are to be woken for is put off to the end of it and done
 * once, so that they find all of it instead of being woken for the first piece.
 *
 * <p>A burst belongs to the thread that opened it. Nothing put off is ever lost: {@link #end} runs
 * it all, also when some of it fails.
 */
public final class Burst {

  private static final ThreadLocal<Burst> OF_THREAD = ThreadLocal.withInitial(Burst::new);

  private List<Runnable> later = new ArrayList<>();
  private @Nullable List<Runnable> spare = new ArrayList<>();
  private boolean open;

  private Burst() {}

  /**
   * Opens a burst on this thread; {@link #end} must follow on it, soon.
   *
   * @return false if one is open already: then whoever opened that one ends it
   */
  public static boolean begin() {
    Burst burst = OF_THREAD.get();
    if (burst.open) {
      return false;
    }
    burst.open = true;
    return true;
  }

  /**
   * Runs {@code work} at the end of this thread's burst, once however often it is given, in the
   * order of the first times; at once if there is no burst.
   *
   * @param work known by its identity; must not block
   */
  public static void afterwards(Runnable work) {
    Burst burst = OF_THREAD.get();
    if (!burst.open) {
      work.run();
    } else if (!burst.holds(work)) {
      burst.later.add(work);
    }
  }

  /** Ends this thread's burst. What is put off meanwhile is run at once. */
  public static void end() {
    Burst burst = OF_THREAD.get();
    burst.open = false;
    List<Runnable> works = burst.later;
    List<Runnable> next = burst.spare;
    burst.spare = null; // what runs now may open a burst of its own, and end it
    burst.later = next == null ? new ArrayList<>() : next;
    try {
      runAll(works);
    } finally {
      works.clear();
      burst.spare = works;
    }
  }

  private static void runAll(List<Runnable> works) {
    @Nullable RuntimeException failure = null;
    for (Runnable work : works) {
      try {
        work.run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Few are put off: a shard or two, an event loop or two. */
  private boolean holds(Runnable work) {
    for (Runnable known : later) {
      if (known == work) {
        return true;
      }
    }
    return false;
  }
}
