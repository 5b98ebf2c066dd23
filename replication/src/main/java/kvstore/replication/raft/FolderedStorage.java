package kvstore.replication.raft;

import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The library's storage of snapshots, for those whose files lie in a folder of their own. */
class FolderedStorage extends LocalSnapshotStorage {

  private final RaftOptions options;

  @SuppressWarnings("NullAway") // the library takes null for "the usual folder"
  FolderedStorage(String folder, @Nullable String temporary, RaftOptions options) {
    super(folder, temporary, options);
    this.options = options;
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
