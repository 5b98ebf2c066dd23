package kvstore.replication.raft;

import com.alipay.sofa.jraft.Iterator;
import java.nio.ByteBuffer;
import kvstore.replication.Proposal;
import kvstore.replication.StateMachine;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one call to the state machine, over the library's iterator, which rests on the
 * entry after them when they have been read. The library hands out the live buffer that it still
 * has to send to followers: only views of it leave this class.
 */
final class CommittedRun implements StateMachine.Entries {

  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final Iterator iterator;
  private final long firstIndex;
  private final int maxEntries;
  private final long maxBytes;
  private int count;
  private long bytes;
  private boolean ended;

  /**
   * @param iterator rests on the first entry
   */
  CommittedRun(Iterator iterator, int maxEntries, long maxBytes) {
    this.iterator = iterator;
    this.firstIndex = iterator.getIndex();
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  @Override
  public boolean next() {
    if (ended) {
      return false;
    }
    if (count > 0) {
      iterator.next();
    }
    if (!iterator.hasNext() || (count > 0 && (count >= maxEntries || bytes >= maxBytes))) {
      ended = true;
      return false;
    }
    count++;
    ByteBuffer data = iterator.getData();
    bytes += data == null ? 0 : data.remaining();
    return true;
  }

  @Override
  public long index() {
    return iterator.getIndex();
  }

  @Override
  public long term() {
    return iterator.getTerm();
  }

  @Override
  public ByteBuffer payload() {
    ByteBuffer data = iterator.getData();
    return data == null ? EMPTY.duplicate() : data.asReadOnlyBuffer();
  }

  @Override
  public @Nullable Proposal proposal() {
    return iterator.done() instanceof PendingProposals.Pending pending ? pending.take() : null;
  }

  /** Whether all entries of the run were read. */
  boolean ended() {
    return ended;
  }

  /** How many entries the iterator must go back so that none of this run counts as applied. */
  long rollback() {
    return iterator.hasNext()
        ? iterator.getIndex() - firstIndex + 1
        : iterator.getIndex() - firstIndex;
  }
}
