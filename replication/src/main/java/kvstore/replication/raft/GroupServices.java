package kvstore.replication.raft;

import com.alipay.sofa.jraft.JRaftServiceFactory;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.util.Utils;
import java.io.IOException;
import kvstore.replication.StateMachine;
import kvstore.replication.log.GroupLog;
import org.jspecify.annotations.Nullable;

/** What the Raft library is to use for one life of one replica. */
final class GroupServices implements JRaftServiceFactory {

  private final GroupLog log;
  private final RaftMetaStorage vote;
  private final StateMachine stateMachine;
  private volatile @Nullable SnapshotStorage snapshots;

  GroupServices(GroupLog log, RaftMetaStorage vote, StateMachine stateMachine) {
    this.log = log;
    this.vote = vote;
    this.stateMachine = stateMachine;
  }

  @Override
  public LogStorage createLogStorage(String uri, RaftOptions options) {
    return log;
  }

  @Override
  public RaftMetaStorage createRaftMetaStorage(String uri, RaftOptions options) {
    return vote;
  }

  @Override
  public SnapshotStorage createSnapshotStorage(NodeOptions options) {
    SnapshotStorage made = new FolderedSnapshots(options);
    snapshots = made;
    return made;
  }

  /** The snapshots of the life that this was made for; null before the library has asked. */
  @Nullable SnapshotStorage snapshots() {
    return snapshots;
  }

  /** Required by the library, and not used: our log has a format of its own. */
  @Override
  public LogEntryCodecFactory createLogEntryCodecFactory() {
    return LogEntryV2CodecFactory.getInstance();
  }

  private final class FolderedSnapshots extends FolderedStorage {

    private boolean loaded;

    FolderedSnapshots(NodeOptions options) {
      super(options.getSnapshotUri(), options.getSnapshotTempUri(), options.getRaftOptions());
    }

    /** The first one opened is the one to start from: the state machine's own if it is newer. */
    @Override
    @SuppressWarnings("NullAway") // the library takes null for "there is none"
    public SnapshotReader open() {
      SnapshotReader stored = super.open();
      if (loaded) {
        return stored;
      }
      loaded = true;
      OwnState own = ownState(stored);
      if (own == null) {
        return stored;
      }
      if (stored != null) {
        Utils.closeQuietly(stored);
      }
      return own;
    }

    private @Nullable OwnState ownState(@Nullable SnapshotReader stored) {
      long snapshotApplied = 0;
      if (stored != null) {
        try {
          snapshotApplied = SnapshotFiles.readApplied(stored);
        } catch (IOException e) {
          return null;
        }
      }
      return OwnState.of(
          log,
          stateMachine.appliedIndex(),
          stateMachine.appliedTerm(),
          stored == null ? null : stored.load(),
          snapshotApplied);
    }
  }
}
