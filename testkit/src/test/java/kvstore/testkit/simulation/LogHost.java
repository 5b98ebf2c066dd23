package kvstore.testkit.simulation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import kvstore.replication.NodeId;
import kvstore.replication.StateMachine;
import org.jspecify.annotations.Nullable;

/** The logs of one process, which come and go, over the journals of its node, which stay. */
final class LogHost implements SimulatedLog.Home {

  /** Where messages for a group go. */
  interface Post {
    void send(NodeId from, NodeId to, String group, Message message);
  }

  private final Life life;
  private final Disk disk;
  private final Post post;
  private final Invariants invariants;
  private final Supplier<Path> folders;
  private final Mutant mutant;
  private final Map<String, SimulatedLog> logs = new TreeMap<>();

  LogHost(
      Life life,
      Disk disk,
      Post post,
      Invariants invariants,
      Supplier<Path> folders,
      Mutant mutant) {
    this.life = life;
    this.disk = disk;
    this.post = post;
    this.invariants = invariants;
    this.folders = folders;
    this.mutant = mutant;
  }

  /**
   * @param first the members that the group begins with; if the disk knows of it, those it knows
   */
  SimulatedLog open(String group, StateMachine machine, Members first) throws IOException {
    SimulatedLog log =
        new SimulatedLog(
            group, life, disk.journal(group, first, mutant), machine, this, invariants, mutant);
    logs.put(group, log);
    log.begin();
    return log;
  }

  /**
   * Gives a group that is not open its first state, as {@code RaftHost.seed}.
   *
   * @return false if it has a log or a snapshot here already
   */
  boolean seed(String group, Journal.Snapshot first) {
    if (logs.containsKey(group)) {
      throw new IllegalStateException(group + " is open");
    }
    Journal journal = disk.journal(group, first.members(), mutant);
    if (journal.lastIndex() > 0) {
      return false;
    }
    if (journal.term() < first.term()) {
      journal.vote(first.term(), null);
    }
    journal.install(first);
    return true;
  }

  void arrive(NodeId from, String group, Message message) {
    SimulatedLog log = logs.get(group);
    if (log != null) {
      log.take(from, message);
    }
  }

  Collection<SimulatedLog> all() {
    return List.copyOf(logs.values());
  }

  @Nullable SimulatedLog log(String group) {
    return logs.get(group);
  }

  @Override
  public void send(String group, NodeId to, Message message) {
    if (!life.isDead()) {
      post.send(life.node, to, group, message);
    }
  }

  @Override
  public Path newFolder() {
    return folders.get();
  }

  @Override
  public void closed(String group) {
    logs.remove(group);
  }
}
