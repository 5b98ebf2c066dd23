package kvstore.server.router;

/** Receives the versions of keys to watch; exactly one method is called, once, on any thread. */
public interface WatchHandler {
  /** The versions, in the order of the keys asked for. */
  void watched(long[] versions);

  void failed(Unavailable reason);

  /** As {@link ReplyHandler#isFollowed}. */
  default boolean isFollowed() {
    return true;
  }
}
