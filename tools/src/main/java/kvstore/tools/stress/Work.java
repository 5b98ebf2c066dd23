package kvstore.tools.stress;

/** What one client has to do in one phase. Owned by the client's thread. */
interface Work {

  long NEVER = Long.MAX_VALUE;

  /**
   * When the next request is to be sent, in the time of {@link System#nanoTime}; {@link #NEVER} if
   * there is none.
   */
  long due(long now);

  /** Goes on to the next request, which must be due; the methods below then tell of it. */
  void take(long now);

  Operation operation();

  int key();

  /** When it was to be sent; what its response time is counted from. */
  long intended();

  /** A request that was not applied for certain, or can be repeated without harm. */
  void again(Operation operation, int key, long intended);

  /** A request that has no answer and must not be repeated, for its outcome is unknown. */
  void lost(Operation operation, int key);

  /** Requests that may be under way at once. */
  int window();

  /** Requests that were due when the time was over, and have not been sent. */
  long unsent(long now);
}
