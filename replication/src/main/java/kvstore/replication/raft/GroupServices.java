package kvstore.replication.raft;

import com.alipay.sofa.jraft.JRaftServiceFactory;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the Raft library is to use for one life of one replica. */
final class GroupServices implements JRaftServiceFactory {

  private final LogStorage log;
  private final RaftMetaStorage vote;

  GroupServices(LogStorage log, RaftMetaStorage vote) {
    this.log = log;
    this.vote = vote;
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

  /** Makes the state folder beforehand, where files kept from an earlier snapshot are linked to. */
  private static final class FolderedSnapshots extends LocalSnapshotStorage {

    FolderedSnapshots(NodeOptions options) {
      super(options.getSnapshotUri(), options.getSnapshotTempUri(), options.getRaftOptions());
    }

    @Override
    public SnapshotWriter create(boolean fromEmpty) {
      SnapshotWriter writer = super.create(fromEmpty);
      if (writer != null) {
        try {
          Files.createDirectories(Path.of(writer.getPath(), SnapshotFiles.STATE));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return writer;
    }
  }
}
