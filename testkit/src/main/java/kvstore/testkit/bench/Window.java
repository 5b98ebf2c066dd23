package kvstore.testkit.bench;

/**
 * The time that is measured, from {@code begin} until before {@code end}, both as by {@link
 * System#nanoTime}.
 */
record Window(long begin, long end) {

  boolean holds(long now) {
    return now - begin >= 0 && now - end < 0;
  }
}
