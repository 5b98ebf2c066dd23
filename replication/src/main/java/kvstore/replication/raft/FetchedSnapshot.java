package kvstore.replication.raft;

import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kvstore.replication.log.GroupVote;

/**
 * A group's snapshot that was copied from another member, in a folder beside its own until it is
 * whole: {@code temp} while it is being copied, {@code snapshot_N} then.
 */
final class FetchedSnapshot {

  private static final String FOLDER = "fetched";

  private final Path snapshots;

  /**
   * @param snapshots the group's folder of snapshots
   */
  FetchedSnapshot(Path snapshots) {
    this.snapshots = snapshots;
  }

  Path folder() {
    return snapshots.resolve(FOLDER);
  }

  /** The last log index that it includes; 0 if there is none that is whole. */
  long last() throws IOException {
    return Rebuilding.newest(folder());
  }

  /**
   * Puts it in the place of the group's own, which are damaged; durable on return. In this order a
   * crash is harmless: term, own snapshot aside, this one in its place.
   *
   * @param vote loaded, and not in use
   */
  void place(GroupVote vote) throws IOException {
    Path whole = folder().resolve(Snapshot.JRAFT_SNAPSHOT_PREFIX + last());
    SnapshotMeta meta = GroupSeed.readMeta(folder());
    // A log never ends in a term that its server does not know.
    GroupSeed.raiseTerm(vote, meta.getLastIncludedTerm());
    GroupSeed.sync(whole);
    List<Path> own = new ArrayList<>();
    try (Stream<Path> found = Files.list(snapshots)) {
      found
          .filter(f -> f.getFileName().toString().startsWith(Snapshot.JRAFT_SNAPSHOT_PREFIX))
          .forEach(own::add);
    }
    for (Path damaged : own) {
      SnapshotFiles.putAside(damaged);
    }
    Files.move(whole, snapshots.resolve(whole.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    GroupSeed.force(snapshots);
    discard();
  }

  /** Deletes it, and what was copied of another. */
  void discard() throws IOException {
    GroupSeed.delete(folder());
  }

  /** Deletes what is whole, so that another can be copied; what was copied in part helps then. */
  void discardWhole() throws IOException {
    for (long last = last(); last > 0; last = last()) {
      GroupSeed.delete(folder().resolve(Snapshot.JRAFT_SNAPSHOT_PREFIX + last));
    }
  }
}
