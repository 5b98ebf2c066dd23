package kvstore.replication.raft;

import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.google.protobuf.Message;
import java.util.Set;
import kvstore.replication.log.GroupLog;
import org.jspecify.annotations.Nullable;

/**
 * The state machine's own durable state, shown to the Raft library at start as if it were a
 * snapshot. Otherwise the library would begin at the newest snapshot and read every entry since,
 * which the state machine holds already: seconds, where a restart should take none.
 *
 * <p>It has no files, and none is ever asked for: the library opens a snapshot once to load it,
 * which is passed over, and later only to send one that was really taken.
 */
final class OwnState extends SnapshotReader {

  private final SnapshotMeta meta;
  private final long snapshotApplied;
  private final long snapshotIncluded;

  private OwnState(SnapshotMeta meta, long snapshotApplied, long snapshotIncluded) {
    this.meta = meta;
    this.snapshotApplied = snapshotApplied;
    this.snapshotIncluded = snapshotIncluded;
  }

  /**
   * The state as a snapshot, or null if it is no newer than the one stored, or if the log does not
   * hold the entry it is at: then the stored snapshot and the log must tell.
   *
   * @param stored what the newest snapshot says of itself, or null if there is none
   * @param snapshotApplied the index that the state machine had applied for it; 0 if there is none
   */
  static @Nullable OwnState of(
      GroupLog log,
      long applied,
      long appliedTerm,
      @Nullable SnapshotMeta stored,
      long snapshotApplied) {
    if (applied < log.getFirstLogIndex()
        || applied > log.getLastLogIndex()
        || (stored != null && stored.getLastIncludedIndex() >= applied)
        || log.getTerm(applied) != appliedTerm) {
      return null;
    }
    SnapshotMeta.Builder meta =
        SnapshotMeta.newBuilder().setLastIncludedIndex(applied).setLastIncludedTerm(appliedTerm);
    ConfigurationEntry members = log.loadedConfiguration(applied);
    if (members != null) {
      members.getConf().getPeers().forEach(p -> meta.addPeers(p.toString()));
      members.getConf().getLearners().forEach(p -> meta.addLearners(p.toString()));
      for (PeerId peer : members.getOldConf().getPeers()) {
        meta.addOldPeers(peer.toString());
      }
      for (PeerId peer : members.getOldConf().getLearners()) {
        meta.addOldLearners(peer.toString());
      }
    } else if (stored != null) {
      meta.addAllPeers(stored.getPeersList())
          .addAllLearners(stored.getLearnersList())
          .addAllOldPeers(stored.getOldPeersList())
          .addAllOldLearners(stored.getOldLearnersList());
    } else {
      return null;
    }
    return new OwnState(
        meta.build(), snapshotApplied, stored == null ? 0 : stored.getLastIncludedIndex());
  }

  long index() {
    return meta.getLastIncludedIndex();
  }

  /** The index that the state machine had applied for the newest real snapshot; 0 if none. */
  long snapshotApplied() {
    return snapshotApplied;
  }

  /** The last log index that the newest real snapshot includes; 0 if there is none. */
  long snapshotIncluded() {
    return snapshotIncluded;
  }

  @Override
  public SnapshotMeta load() {
    return meta;
  }

  @Override
  public String generateURIForCopy() {
    throw new UnsupportedOperationException("expected a real snapshot to be sent");
  }

  @Override
  public boolean init(Void nothing) {
    return true;
  }

  @Override
  public void shutdown() {}

  @Override
  public void close() {}

  @Override
  public String getPath() {
    return "own state";
  }

  @Override
  public Set<String> listFiles() {
    return Set.of();
  }

  @Override
  @SuppressWarnings("NullAway") // the library's interface answers null for "no such file"
  public Message getFileMeta(String name) {
    return null;
  }
}
