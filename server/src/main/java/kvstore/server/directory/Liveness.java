package kvstore.server.directory;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import kvstore.replication.NodeId;
import kvstore.server.directory.DirectoryCommand.MarkDown;
import kvstore.server.directory.DirectoryCommand.MarkUp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down, at the directory's leader, who has gone silent and who is back. On the timer's
 * thread only.
 */
final class Liveness {

  static final long TICK_MILLIS = 250;

  private static final Logger LOG = LoggerFactory.getLogger(Liveness.class);
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** A look that comes this late says that this process was away, not that the others were. */
  private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Surroundings surroundings;
  private final Reports reports;
  private final LongSupplier nanos;
  private final Set<NodeId> writing = new HashSet<>();
  private @Nullable Directory directory;
  private long since;
  private long lastLook;
  private boolean founding;

  Liveness(Surroundings surroundings, Reports reports, LongSupplier nanos) {
    this.surroundings = surroundings;
    this.reports = reports;
    this.nanos = nanos;
  }

  void begin(Directory led) {
    directory = led;
    since = nanos.getAsLong();
    lastLook = since;
    look(led);
  }

  void end() {
    directory = null;
  }

  private void look(Directory led) {
    if (directory != led) {
      return;
    }
    long now = nanos.getAsLong();
    if (now - lastLook > AWAY_NANOS) {
      since = now;
    }
    lastLook = now;
    if (led.state().version() == 0) {
      found(led);
    } else {
      led.state().nodes().forEach(node -> look(led, node, now));
    }
    surroundings.later(TICK_MILLIS, () -> look(led));
  }

  /** A new cluster's first leader writes down what all founders assume. */
  private void found(Directory led) {
    ClusterState assumed = surroundings.view().current();
    if (founding || assumed.shards().isEmpty()) {
      return;
    }
    founding = true;
    led.propose(DirectoryCommand.Found.of(assumed))
        .whenComplete((state, failure) ->
            surroundings.later(
                0,
                () -> {
                  founding = false;
                  if (failure != null) {
                    LOG.warn("The cluster is not founded yet: {}", failure.getMessage());
                  }
                }));
  }

  private void look(Directory led, NodeEntry node, long now) {
    if (node.status() == NodeEntry.Status.OUT || writing.contains(node.id())) {
      return;
    }
    boolean self = node.id().equals(surroundings.self());
    Reports.@Nullable Arrived arrived = reports.of(node.id());
    boolean speaks = self || (arrived != null && now - arrived.atNanos() <= SILENCE_NANOS);
    long heard = arrived == null ? since : Math.max(since, arrived.atNanos());
    if (node.isDown() && speaks) {
      write(led, node.id(), new MarkUp(node.id()));
    } else if (!node.isDown() && !speaks && now - heard > SILENCE_NANOS) {
      long silent = TimeUnit.NANOSECONDS.toMillis(now - heard);
      write(led, node.id(), new MarkDown(node.id(), surroundings.clock().millis() - silent));
    }
  }

  private void write(Directory led, NodeId node, DirectoryCommand command) {
    writing.add(node);
    LOG.info("{}: {}", node, command instanceof MarkUp ? "heard of again" : "gone silent");
    led.propose(command)
        .whenComplete((state, failure) -> surroundings.later(0, () -> writing.remove(node)));
  }
}
