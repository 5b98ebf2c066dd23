package kvstore.server.shard;

import java.io.IOException;
import java.nio.file.Path;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * A shard's keyspace and its replacement by a snapshot. Readers take {@link #current} and must
 * expect it to be closed under them ({@link StorageException.Kind#CLOSED}): storage waits for reads
 * under way and refuses later ones. Opened, replaced and closed by the apply thread alone.
 */
final class ShardStore implements AutoCloseable {

  private final ShardStorage storage;
  private volatile @Nullable Keyspace keyspace;
  private volatile boolean damaged;
  private volatile @Nullable StorageException unopened;

  /** What had been applied when the state was found damaged: a rebuilt one shows nothing older. */
  private volatile long leastReadable;

  ShardStore(ShardStorage storage) throws IOException {
    this.storage = storage;
    openUnlessDamaged();
  }

  /** Leaves a damaged one closed, to be rebuilt. */
  private void openUnlessDamaged() throws IOException {
    try {
      keyspace = storage.open();
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.CORRUPTION) {
        throw e;
      }
      damaged = true;
      unopened = e;
    }
  }

  /** Why there is no keyspace, if that is since it was found damaged when it was to be opened. */
  @Nullable StorageException unopened() {
    return unopened;
  }

  /** Null while the keyspace is being replaced, and after closing. */
  @Nullable Keyspace current() {
    return keyspace;
  }

  /** What may be read; null also from when damage is found until all of it is here again. */
  @Nullable Keyspace readable() {
    Keyspace open = keyspace;
    return open == null || damaged || open.appliedIndex() < leastReadable ? null : open;
  }

  /** Nothing is to be read from it any more. Any thread. */
  void damaged() {
    damaged = true;
  }

  /** Puts a checkpoint, or an empty state if null, in place of a damaged one. */
  void rebuild(@Nullable Path checkpoint) throws IOException {
    damaged = true;
    Keyspace open = keyspace;
    if (open != null) {
      leastReadable = Math.max(leastReadable, open.appliedIndex());
    }
    close();
    try {
      storage.rebuild(checkpoint);
      keyspace = storage.open();
      unopened = null;
      damaged = false;
    } finally {
      if (keyspace == null) {
        openUnlessDamaged(); // for the index it had applied; it is not read
      }
    }
  }

  /** For the apply thread. */
  Keyspace owned() throws StorageException {
    Keyspace open = keyspace;
    if (open == null) {
      throw new StorageException(StorageException.Kind.CLOSED, "the keyspace is closed");
    }
    return open;
  }

  /** Replaces everything by a checkpoint. */
  void replace(Path checkpoint) throws IOException {
    close();
    try {
      storage.restore(checkpoint);
    } finally {
      keyspace = storage.open(); // a failed restore leaves the old state or the new, whole
    }
  }

  @Override
  public void close() throws IOException {
    Keyspace open = keyspace;
    keyspace = null;
    if (open != null) {
      open.close();
    }
  }
}
