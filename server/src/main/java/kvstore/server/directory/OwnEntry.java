package kvstore.server.directory;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the directory says of this node true: founders guess each other's zones and ports, and
 * a node may come back with others or with a newer release. Runs on the timer's thread.
 */
final class OwnEntry {

  private static final Logger LOG = LoggerFactory.getLogger(OwnEntry.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long PAUSE_MILLIS = 1_000;

  private final Surroundings surroundings;
  private final DirectoryClient client;
  private final DirectoryCommand.SetNode truth;
  private boolean telling;

  OwnEntry(Surroundings surroundings, DirectoryClient client, NodeEntry truth) {
    this.surroundings = surroundings;
    this.client = client;
    this.truth = DirectoryCommand.SetNode.of(truth);
  }

  void start() {
    surroundings.view().listen(state -> surroundings.later(0, this::look));
  }

  private void look() {
    ClusterState state = surroundings.view().current();
    NodeEntry entry = state.node(truth.node());
    if (telling
        || state.version() == 0
        || entry == null
        || entry.status() == NodeEntry.Status.OUT
        || DirectoryCommand.SetNode.of(entry).equals(truth)) {
      return;
    }
    telling = true;
    client
        .propose(truth, PATIENCE)
        .whenComplete((told, failure) -> {
          if (failure != null) {
            LOG.warn(
                "The directory does not know yet where this node is: {}", failure.getMessage());
          }
          surroundings.later(
              failure == null ? 0 : PAUSE_MILLIS,
              () -> {
                telling = false;
                look();
              });
        });
  }
}
