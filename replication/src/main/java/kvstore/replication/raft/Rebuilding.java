package kvstore.replication.raft;

import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import kvstore.replication.DamagedStateException;
import kvstore.replication.StateMachine;

/**
 * Gives a state machine whose stored state is damaged another one, out of what this node holds of
 * the group: its newest snapshot, or nothing if its log holds every entry from the first on.
 */
final class Rebuilding {

  private Rebuilding() {}

  /**
   * @param snapshots the group's folder of snapshots
   * @param firstIndex of the log
   * @throws IOException if neither is there whole; nothing has changed then
   */
  static void run(Path snapshots, long firstIndex, StateMachine stateMachine) throws IOException {
    long newest = newest(snapshots);
    if (newest > 0 && newest >= firstIndex - 1) {
      Path snapshot = snapshots.resolve(Snapshot.JRAFT_SNAPSHOT_PREFIX + newest);
      stateMachine.rebuild(snapshot.resolve(SnapshotFiles.STATE));
    } else if (newest == 0 && firstIndex == 1) {
      stateMachine.rebuild(null);
    } else {
      throw new DamagedStateException(
          "expected a snapshot up to entry "
              + (firstIndex - 1)
              + " or later in "
              + snapshots
              + ", but the newest goes to "
              + newest,
          null);
    }
  }

  private static long newest(Path snapshots) throws IOException {
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
