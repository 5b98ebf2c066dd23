package kvstore.replication.raft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.replication.Proposal;
import org.jspecify.annotations.Nullable;

/**
 * A group's proposals in flight, bounded in number and bytes: the Raft library bounds neither. Each
 * ends exactly once. Thread-safe.
 */
final class PendingProposals {

  private final int maxEntries;
  private final long maxBytes;
  private final AtomicInteger entries = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final Set<Pending> pending = ConcurrentHashMap.newKeySet();

  PendingProposals(int maxEntries, long maxBytes) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  /** Takes a proposal in, or returns null if there is no room. */
  @Nullable Pending admit(Proposal proposal, int size) {
    int count = entries.incrementAndGet();
    long total = bytes.addAndGet(size);
    if (count > maxEntries || (total > maxBytes && count > 1)) {
      entries.decrementAndGet();
      bytes.addAndGet(-size);
      return null;
    }
    Pending admitted = new Pending(proposal, size);
    pending.add(admitted);
    return admitted;
  }

  int size() {
    return entries.get();
  }

  /** Ends what is left, for a replica that is gone: nobody else will. */
  void abandon() {
    for (Pending left : pending) {
      left.fail(Proposal.Failure.UNKNOWN);
    }
  }

  /** One proposal; the library calls it only with an error. */
  final class Pending implements Closure {
    private final Proposal proposal;
    private final int size;

    private Pending(Proposal proposal, int size) {
      this.proposal = proposal;
      this.size = size;
    }

    /** The proposal, if it has not ended before; ends it as committed. */
    @Nullable Proposal take() {
      return end() ? proposal : null;
    }

    void fail(Proposal.Failure failure) {
      if (end()) {
        proposal.failed(failure);
      }
    }

    @Override
    public void run(Status status) {
      fail(ProposalFailures.of(status));
    }

    private boolean end() {
      if (!pending.remove(this)) {
        return false;
      }
      entries.decrementAndGet();
      bytes.addAndGet(-size);
      return true;
    }
  }
}
