package kvstore.engine.keyspace;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NavigableMap;
import kvstore.engine.command.KeyVisitor;
import kvstore.engine.command.Value;
import kvstore.engine.storage.RecordVisitor;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** Shows stored keys and those of a session in one order; the session's hide stored ones. */
final class MergedVisit implements RecordVisitor {
  private final Iterator<PendingKey> changes;
  private final long nowMs;
  private final KeyVisitor visitor;
  private @Nullable PendingKey next;
  private boolean goOn = true;

  MergedVisit(NavigableMap<byte[], PendingKey> changes, long nowMs, KeyVisitor visitor) {
    this.changes = changes.values().iterator();
    this.nowMs = nowMs;
    this.visitor = visitor;
    advance();
  }

  private void advance() {
    next = changes.hasNext() ? changes.next() : null;
  }

  @Override
  public boolean visit(byte[] key, byte[] head, int headLength) throws StorageException {
    while (goOn && next != null) {
      int order = Arrays.compareUnsigned(next.recordKey(), key);
      if (order > 0) {
        break;
      }
      show(next);
      advance();
      if (order == 0) {
        return goOn;
      }
    }
    if (goOn) {
      goOn = StorageView.show(key, head, headLength, nowMs, visitor);
    }
    return goOn;
  }

  /** Shows what lies behind the last stored key. */
  void finish() {
    while (goOn && next != null) {
      show(next);
      advance();
    }
  }

  private void show(PendingKey key) {
    Value value = key.value();
    if (value != null && !value.expiredAt(nowMs)) {
      byte[] recordKey = key.recordKey();
      goOn =
          visitor.visit(
              StorageKeys.slotOf(recordKey), StorageKeys.userKey(recordKey), value.type());
    }
  }
}
