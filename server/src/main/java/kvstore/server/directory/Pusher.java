package kvstore.server.directory;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import kvstore.replication.NodeId;

/**
 * Sends each new state from the directory's leader to all nodes; one message to a node at a time,
 * always the newest. A node that cannot be reached gets it with the answer to its next report.
 */
final class Pusher {

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** What is known of a node's copy. */
  private static final class Copy {
    long has = -1;
    boolean sending;
  }

  private final Surroundings surroundings;
  private final Map<NodeId, Copy> copies = new HashMap<>();
  private ClusterState newest = Transition.EMPTY;
  private byte[] body = new byte[0];
  private boolean leads;

  Pusher(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  synchronized void begin(ClusterState state) {
    leads = true;
    copies.values().forEach(copy -> copy.has = -1);
    set(state);
  }

  synchronized void end() {
    leads = false;
  }

  /** Any thread; never blocks. */
  synchronized void changed(ClusterState state) {
    if (leads && state.version() > newest.version()) {
      set(state);
    }
  }

  private void set(ClusterState state) {
    newest = state;
    body = PeerMessages.push(state);
    if (state.version() == 0) {
      return;
    }
    for (NodeEntry node : state.nodes()) {
      // who is out is told if it still listens, and when it reports
      if (!node.id().equals(surroundings.self())
          && (node.status() != NodeEntry.Status.OUT
              || surroundings.transport().isConnected(node.id()))) {
        send(node.id());
      }
    }
  }

  private void send(NodeId to) {
    Copy copy = copies.computeIfAbsent(to, unknown -> new Copy());
    if (copy.sending || copy.has >= newest.version() || !surroundings.transport().knows(to)) {
      return;
    }
    copy.sending = true;
    // off this thread's lock: an answer may come before the request returns
    byte[] pushed = body;
    surroundings.later(
        0,
        () ->
            surroundings.ask(
                to,
                PeerMessages.PUSH,
                pushed,
                PATIENCE,
                answer -> answered(to, PeerMessages.readVersion(answer)),
                (failure, message) -> answered(to, -1)));
  }

  private synchronized void answered(NodeId from, long has) {
    Copy copy = copies.computeIfAbsent(from, unknown -> new Copy());
    copy.sending = false;
    if (has >= 0) {
      copy.has = Math.max(copy.has, has);
      if (leads) {
        send(from);
      }
    }
  }
}
