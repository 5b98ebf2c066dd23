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
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotWriter;
import com.alipay.sofa.jraft.util.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import kvstore.replication.StateMachine;
import kvstore.replication.log.GroupLog;
import org.jspecify.annotations.Nullable;

/** What the Raft library is to use for one life of one replica. */
final class GroupServices implements JRaftServiceFactory {

  private final GroupLog log;
  private final RaftMetaStorage vote;
  private final StateMachine stateMachine;

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
    return new FolderedSnapshots(options);
  }

  /** Required by the library, and not used: our log has a format of its own. */
  @Override
  public LogEntryCodecFactory createLogEntryCodecFactory() {
    return LogEntryV2CodecFactory.getInstance();
  }

  private final class FolderedSnapshots extends LocalSnapshotStorage {

    private final RaftOptions options;
    private boolean loaded;

    FolderedSnapshots(NodeOptions options) {
      super(options.getSnapshotUri(), options.getSnapshotTempUri(), options.getRaftOptions());
      this.options = options.getRaftOptions();
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

    /** Makes the state folder beforehand, where files of an earlier snapshot are linked to. */
    @Override
    @SuppressWarnings("NullAway") // the library takes null for "it can not be written"
    public SnapshotWriter create(boolean fromEmpty) {
      SnapshotWriter made = super.create(fromEmpty);
      if (made == null) {
        return null;
      }
      SteadyWriter writer = new SteadyWriter(made.getPath(), this, options);
      if (!writer.init(null)) {
        return null;
      }
      try {
        Files.createDirectories(Path.of(writer.getPath(), SnapshotFiles.STATE));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return writer;
    }
  }

  /**
   * Lists its files as they are at the moment. Going on with a copy that was broken off, the
   * library removes what the new source does not have while it walks through the list; from a live
   * list that throws, and the replica never takes a snapshot again.
   */
  private static final class SteadyWriter extends LocalSnapshotWriter {

    SteadyWriter(String path, LocalSnapshotStorage storage, RaftOptions options) {
      super(path, storage, options);
    }

    @Override
    public Set<String> listFiles() {
      return Set.copyOf(super.listFiles());
    }
  }
}
