package kvstore.server;

import org.jspecify.annotations.Nullable;

/**
 * Carries word of a new leader from a shard to the router, which is made after it. Word that comes
 * before is not lost: the router asks when it starts.
 */
final class LeadershipSignal implements Runnable {

  private volatile @Nullable Runnable listener;

  void connect(Runnable to) {
    listener = to;
  }

  @Override
  public void run() {
    Runnable told = listener;
    if (told != null) {
      told.run();
    }
  }
}
