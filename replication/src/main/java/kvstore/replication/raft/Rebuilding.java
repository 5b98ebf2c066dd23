package kvstore.replication.raft;

import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import kvstore.replication.DamagedStateException;
import kvstore.replication.StateMachine;
import kvstore.replication.log.GroupLog;
import kvstore.replication.log.GroupVote;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a state machine whose stored state is damaged another one, out of what this node holds of
 * the group: its newest snapshot, or nothing if its log holds every entry from the first on.
 */
final class Rebuilding {

  private static final Logger LOGGER = LoggerFactory.getLogger(Rebuilding.class);

  private Rebuilding() {}

  /**
   * As {@link #fromOwn}, but of what was fetched from another member, if there is such a snapshot
   * and it takes it.
   *
   * @param vote loaded, and not in use
   * @param stateIsWhole and only a snapshot missing for it
   * @throws DamagedStateException if neither will do
   */
  static void run(
      Path snapshots, GroupLog log, GroupVote vote, StateMachine stateMachine, boolean stateIsWhole)
      throws IOException {
    FetchedSnapshot fetched = new FetchedSnapshot(snapshots);
    try {
      fromOwn(snapshots, log, stateMachine, stateIsWhole);
    } catch (DamagedStateException e) {
      if (fetched.last() < leastSnapshot(log)) {
        throw e;
      }
      LOGGER.warn("What was fetched from another node replaces: {}", e.getMessage());
      fetched.place(vote);
      fromOwn(snapshots, log, stateMachine, stateIsWhole);
    }
    fetched.discard();
  }

  /** The log index that a snapshot must include for the log to go on behind it; at least 1. */
  static long leastSnapshot(GroupLog log) {
    return Math.max(1, log.getFirstLogIndex() - 1);
  }

  /**
   * @param snapshots the group's folder of snapshots
   * @param log loaded, and not in use
   * @throws IOException if neither is there whole; nothing has changed then, but that a damaged
   *     snapshot is put aside that the log makes up for
   */
  private static void fromOwn(
      Path snapshots, GroupLog log, StateMachine stateMachine, boolean stateIsWhole)
      throws IOException {
    long firstIndex = log.getFirstLogIndex();
    if (stateIsWhole && !isLacking(snapshots, log, stateMachine)) {
      return; // the next life loads it
    }
    long newest = newest(snapshots);
    while (newest > 0 && newest >= firstIndex - 1) {
      Path snapshot = snapshots.resolve(Snapshot.JRAFT_SNAPSHOT_PREFIX + newest);
      try {
        stateMachine.rebuild(snapshot.resolve(SnapshotFiles.STATE));
        return;
      } catch (DamagedStateException e) {
        if (firstIndex > 1 || log.getLastLogIndex() < newest) {
          throw e;
        }
        // Or the next life would begin with it.
        LOGGER.warn("The log holds what {} does, which is damaged: {}", snapshot, e.getMessage());
        SnapshotFiles.putAside(snapshot);
      }
      newest = newest(snapshots);
    }
    if (newest > 0 || firstIndex > 1) {
      throw new DamagedStateException(
          "expected a snapshot up to entry "
              + (firstIndex - 1)
              + " or later in "
              + snapshots
              + ", but the newest goes to "
              + newest,
          null);
    }
    stateMachine.rebuild(null);
  }

  /**
   * Whether the group's replica can not begin: the log goes on behind an entry up to which neither
   * a snapshot nor the state itself reaches.
   *
   * @param log loaded, and not in use
   */
  static boolean isLacking(Path snapshots, GroupLog log, StateMachine stateMachine)
      throws IOException {
    long firstIndex = log.getFirstLogIndex();
    return firstIndex > 1
        && newest(snapshots) < firstIndex - 1
        && OwnState.of(log, stateMachine.appliedIndex(), stateMachine.appliedTerm(), null, 0)
            == null;
  }

  /** The index of the newest snapshot in a folder; 0 if there is none. */
  static long newest(Path snapshots) throws IOException {
    if (!Files.isDirectory(snapshots)) {
      return 0;
    }
    try (Stream<Path> found = Files.list(snapshots)) {
      return found
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(Snapshot.JRAFT_SNAPSHOT_PREFIX + "\\d{1,18}"))
          .mapToLong(
              name -> Long.parseLong(name.substring(Snapshot.JRAFT_SNAPSHOT_PREFIX.length())))
          .max()
          .orElse(0);
    }
  }
}
