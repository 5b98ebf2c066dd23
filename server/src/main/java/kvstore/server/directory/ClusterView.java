package kvstore.server.directory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The newest cluster state that this node has heard of. Any thread may call any method; listeners
 * are called one at a time, on the thread that brought the news, and must not block.
 */
public final class ClusterView {

  private final List<Consumer<ClusterState>> listeners = new CopyOnWriteArrayList<>();
  private final Object lock = new Object();
  private volatile ClusterState current;

  public ClusterView(ClusterState first) {
    this.current = first;
  }

  public ClusterState current() {
    return current;
  }

  /** Takes a state if it is newer than the current one; says whether it was. */
  public boolean offer(ClusterState state) {
    synchronized (lock) {
      if (state.version() <= current.version()) {
        return false;
      }
      current = state;
      listeners.forEach(listener -> listener.accept(state));
      return true;
    }
  }

  /** Calls the listener with the current state at once, and with every newer one. */
  public void listen(Consumer<ClusterState> listener) {
    synchronized (lock) {
      listeners.add(listener);
      listener.accept(current);
    }
  }
}
