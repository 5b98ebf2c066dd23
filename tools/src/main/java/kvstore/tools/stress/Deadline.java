package kvstore.tools.stress;

/** When the load ends, in the time of {@link System#nanoTime}; may come forward. Any thread. */
final class Deadline {

  private volatile long at;

  /** At {@code at}; {@link Work#NEVER} for no end. */
  Deadline(long at) {
    this.at = at;
  }

  void bringForward(long now) {
    at = now;
  }

  long at() {
    return at;
  }
}
