package kvstore.engine.storage.rocksdb;

import java.util.function.Consumer;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.RecordVisitor;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageSnapshot;
import kvstore.engine.storage.UseGate;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Snapshot;

/** A snapshot. Its own gate keeps a close from freeing what another thread reads from. */
final class RocksDbSnapshot implements StorageSnapshot {
  private final RocksDbHandle handle;
  private final Consumer<RocksDbSnapshot> onClose;
  private final UseGate gate = new UseGate();
  private final Snapshot snapshot;
  private final RocksDbHandle.TierOptions options;

  /** The handle's gate must have been entered. */
  RocksDbSnapshot(RocksDbHandle handle, Consumer<RocksDbSnapshot> onClose) {
    this.handle = handle;
    this.onClose = onClose;
    snapshot = handle.database().getSnapshot();
    options = handle.readOptions(snapshot);
  }

  private void enter() throws StorageException {
    gate.enter();
    if (!handle.gate().tryEnter()) {
      gate.leave();
      throw new StorageException(StorageException.Kind.CLOSED, "the storage is closed");
    }
  }

  private void leave() {
    handle.gate().leave();
    gate.leave();
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key, ReadTier tier)
      throws StorageException {
    enter();
    try {
      return RocksDbReads.get(handle, options, family, key, tier);
    } finally {
      leave();
    }
  }

  @Override
  public void visit(
      ColumnFamily family, byte[] from, byte[] to, ReadTier tier, RecordVisitor visitor)
      throws StorageException {
    enter();
    try {
      RocksDbReads.visit(handle, options.of(tier), family, from, to, tier, visitor);
    } finally {
      leave();
    }
  }

  @Override
  public void close() {
    if (!handle.gate().tryEnter()) {
      return; // the storage's close frees it
    }
    try {
      free();
    } finally {
      handle.gate().leave();
    }
  }

  /** Frees once; the database must still be open. */
  void free() {
    if (gate.close()) {
      onClose.accept(this);
      options.close();
      handle.database().releaseSnapshot(snapshot);
      snapshot.close();
    }
  }
}
