package kvstore.replication.raft;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotStorage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kvstore.replication.log.GroupLog;
import kvstore.replication.log.GroupVote;
import kvstore.replication.log.LogPlace;
import org.jspecify.annotations.Nullable;

/**
 * Gives a group that was never open here a first snapshot, as if it had taken part in it up to
 * there. The order makes a crash harmless: term, snapshot (put in place by a rename), start of the
 * log. Each step is done again if it is not seen to be done.
 */
final class GroupSeed {

  private final RaftContext context;
  private final String group;

  GroupSeed(RaftContext context, String group) {
    this.context = context;
    this.group = group;
  }

  /**
   * Writes it, durable on return.
   *
   * @return false if the group has a log or a snapshot here already, which is left as it is
   */
  boolean plant(Path state, long index, long term, Configuration members) throws IOException {
    GroupLog log = context.log().group(group);
    log.load();
    Path snapshots = context.snapshots(group);
    boolean empty = log.getLastLogIndex() == 0;
    if (empty && log.getFirstLogIndex() == 1 && !hasSnapshot(snapshots)) {
      raiseTerm(term);
      writeSnapshot(snapshots, state, index, term, members);
      begin(log, index + 1);
      return true;
    }
    if (empty && log.getFirstLogIndex() == 1 && Files.exists(snapshot(snapshots, index))) {
      begin(log, index + 1); // a crash came between
      return true;
    }
    return false;
  }

  /** Whether a log or a snapshot of the group lies here. */
  boolean isPlanted() throws IOException {
    GroupLog log = context.log().group(group);
    log.load();
    return log.getLastLogIndex() > 0
        || log.getFirstLogIndex() > 1
        || hasSnapshot(context.snapshots(group));
  }

  /** Where the group's log ends here; null if there is none. */
  @Nullable LogPlace end() throws IOException {
    GroupLog log = context.log().group(group);
    log.load();
    long last = log.getLastLogIndex();
    if (last > 0) {
      return new LogPlace(log.getTerm(last), last);
    }
    Path snapshots = context.snapshots(group);
    if (!hasSnapshot(snapshots)) {
      return null;
    }
    SnapshotMeta meta = readMeta(snapshots);
    return new LogPlace(meta.getLastIncludedTerm(), meta.getLastIncludedIndex());
  }

  /** Whether the newest members in the log or snapshot here are one voter, this. */
  boolean isOnlyVoter(PeerId self) throws IOException {
    GroupLog log = context.log().group(group);
    log.load();
    ConfigurationEntry newest = log.loadedConfiguration(log.getLastLogIndex());
    if (newest != null) {
      return newest.isStable() && newest.getConf().getPeers().equals(List.of(self));
    }
    Path snapshots = context.snapshots(group);
    return hasSnapshot(snapshots)
        && readMeta(snapshots).getPeersList().stream()
            .map(PeerId::parsePeer)
            .toList()
            .equals(List.of(self));
  }

  /** What the newest snapshot there says of itself. Deletes what was being written beside it. */
  static SnapshotMeta readMeta(Path snapshots) throws IOException {
    LocalSnapshotStorage storage =
        new LocalSnapshotStorage(snapshots.toString(), null, new RaftOptions());
    SnapshotReader reader = storage.init(null) ? storage.open() : null;
    if (reader == null) {
      throw new IOException("could not read the snapshot in " + snapshots);
    }
    try (reader) {
      return reader.load();
    }
  }

  private void raiseTerm(long term) throws IOException {
    GroupVote vote = context.log().vote(group);
    vote.load();
    raiseTerm(vote, term);
  }

  /** Lets the replica be in {@code term}, without a vote in it, unless it is so far already. */
  static void raiseTerm(GroupVote vote, long term) throws IOException {
    if (vote.getTerm() < term && !vote.setTermAndVotedFor(term, PeerId.emptyPeer())) {
      throw new IOException("could not store term " + term);
    }
  }

  private static void begin(GroupLog log, long first) throws IOException {
    if (!log.reset(first)) {
      throw new IOException("could not let a log begin at " + first);
    }
  }

  private static Path snapshot(Path snapshots, long index) {
    return snapshots.resolve(Snapshot.JRAFT_SNAPSHOT_PREFIX + index);
  }

  private static boolean hasSnapshot(Path snapshots) throws IOException {
    if (!Files.isDirectory(snapshots)) {
      return false;
    }
    String prefix = Snapshot.JRAFT_SNAPSHOT_PREFIX;
    try (Stream<Path> found = Files.list(snapshots)) {
      return found.anyMatch(f -> f.getFileName().toString().startsWith(prefix));
    }
  }

  private void writeSnapshot(
      Path snapshots, Path state, long index, long term, Configuration members) throws IOException {
    Files.createDirectories(snapshots);
    RaftOptions options = new RaftOptions();
    options.setSyncMeta(true);
    LocalSnapshotStorage storage = new LocalSnapshotStorage(snapshots.toString(), null, options);
    if (!storage.init(null)) {
      throw new IOException("could not prepare the folder " + snapshots + " for a snapshot");
    }
    SnapshotWriter writer = storage.create();
    if (writer == null) {
      throw new IOException("could not begin a snapshot in " + snapshots);
    }
    try (writer) {
      link(state, SnapshotFiles.stateFolder(writer));
      SnapshotFiles.writeApplied(writer, index);
      SnapshotFiles.listUnchecked(writer);
      if (!writer.saveMeta(meta(index, term, members))) {
        throw new IOException("could not describe the snapshot in " + snapshots);
      }
      sync(Path.of(writer.getPath()));
    } catch (IOException | RuntimeException e) {
      writer.setError(-1, "%s", e.toString()); // so that closing throws it away
      throw e;
    }
    if (!Files.exists(snapshot(snapshots, index))) {
      throw new IOException("the snapshot " + snapshot(snapshots, index) + " did not come to be");
    }
    sync(snapshots);
    force(context.options().directory().resolve("snapshots"));
    force(context.options().directory());
  }

  private static SnapshotMeta meta(long index, long term, Configuration members) {
    SnapshotMeta.Builder meta =
        SnapshotMeta.newBuilder().setLastIncludedIndex(index).setLastIncludedTerm(term);
    members.getPeers().forEach(peer -> meta.addPeers(peer.toString()));
    members.getLearners().forEach(peer -> meta.addLearners(peer.toString()));
    return meta.build();
  }

  /** The files are shared where the file system can, for they do not change any more. */
  private static void link(Path from, Path to) throws IOException {
    for (Path source : tree(from)) {
      Path target = to.resolve(from.relativize(source).toString());
      if (Files.isDirectory(source)) {
        Files.createDirectories(target);
        continue;
      }
      try {
        Files.createLink(target, source);
      } catch (IOException | UnsupportedOperationException e) {
        Files.copy(source, target);
      }
    }
  }

  static void sync(Path root) throws IOException {
    List<Path> files = tree(root);
    for (int i = files.size() - 1; i >= 0; i--) {
      force(files.get(i));
    }
  }

  static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static List<Path> tree(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.collect(Collectors.toList());
    }
  }

  /** Deletes the group's snapshots. */
  void uproot() throws IOException {
    delete(context.snapshots(group));
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path old : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(old);
      }
    }
  }
}
