package kvstore.replication.raft;

import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.util.Utils;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of one life of a replica that other members copy at the moment. Each is kept on the
 * disk, and readable, while whoever copies it says so at times. Thread-safe.
 */
final class SnapshotOffers implements AutoCloseable {

  /** More copies at a time than a group has other members, nearly always; others ask again. */
  static final int MOST = 8;

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final class Open {
    final SnapshotReader reader;
    long heardNanos;

    Open(SnapshotReader reader, long nowNanos) {
      this.reader = reader;
      this.heardNanos = nowNanos;
    }
  }

  private final LongSupplier nanoTime;
  private final Map<Long, Open> open = new HashMap<>();
  private boolean closed;

  SnapshotOffers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Opens the newest snapshot for copying.
   *
   * @param least the log index that it must include
   * @return null if there is none, or it is older, or too many are being copied
   */
  synchronized SnapshotMessages.@Nullable Offered offer(SnapshotStorage storage, long least) {
    expire();
    if (closed || open.size() >= MOST) {
      return null;
    }
    SnapshotReader reader = storage.open();
    if (reader == null) {
      return null;
    }
    long last = reader.load() == null ? 0 : reader.load().getLastIncludedIndex();
    String uri = last >= least && last > 0 ? reader.generateURIForCopy() : null;
    if (uri == null) {
      Utils.closeQuietly(reader);
      return null;
    }
    long id = Long.parseLong(uri.substring(uri.lastIndexOf('/') + 1));
    open.put(id, new Open(reader, nanoTime.getAsLong()));
    return new SnapshotMessages.Offered(id, last);
  }

  /** Whether the snapshot is offered still; if so, for a while longer. */
  synchronized boolean keep(long id) {
    Open kept = open.get(id);
    if (kept == null) {
      return false;
    }
    kept.heardNanos = nanoTime.getAsLong();
    return true;
  }

  synchronized void end(long id) {
    Open ended = open.remove(id);
    if (ended != null) {
      Utils.closeQuietly(ended.reader);
    }
  }

  /** Ends those of which nothing was heard for long; to be called at times. */
  synchronized void expire() {
    long now = nanoTime.getAsLong();
    for (Iterator<Open> each = open.values().iterator(); each.hasNext(); ) {
      Open next = each.next();
      if (now - next.heardNanos > PATIENCE_NANOS) {
        each.remove();
        Utils.closeQuietly(next.reader);
      }
    }
  }

  /** How many are being copied. */
  synchronized int count() {
    return open.size();
  }

  @Override
  public synchronized void close() {
    closed = true;
    open.values().forEach(each -> Utils.closeQuietly(each.reader));
    open.clear();
  }
}
