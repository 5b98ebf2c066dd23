package kvstore.replication.raft;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.option.ReadOnlyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import kvstore.replication.ReplicatedLog.Barrier;

/**
 * Read barriers of one life of a replica. One round of messages is under way at a time; barriers
 * asked for meanwhile share the next one, so that their cost does not grow with their number, which
 * is bounded. Thread-safe.
 */
final class ReadBarriers {

  private static final byte[] NO_CONTEXT = new byte[0];

  private record Waiting(long term, Barrier barrier) {}

  private final NodeImpl node;
  private final NodeInternals internals;
  private final LongPredicate leadsIn;
  private final long timeoutMillis;
  private final int limit;
  private List<Waiting> next = new ArrayList<>();
  private boolean underWay;
  private boolean closed;

  /**
   * @param leadsIn whether this replica is known to all to lead in a term
   */
  ReadBarriers(
      NodeImpl node,
      NodeInternals internals,
      LongPredicate leadsIn,
      long timeoutMillis,
      int limit) {
    this.node = node;
    this.internals = internals;
    this.leadsIn = leadsIn;
    this.timeoutMillis = timeoutMillis;
    this.limit = limit;
  }

  void ask(long term, Barrier barrier) {
    List<Waiting> round = null;
    boolean refused = !leadsIn.test(term);
    synchronized (this) {
      refused |= closed || next.size() >= limit;
      if (!refused) {
        next.add(new Waiting(term, barrier));
        if (!underWay) {
          underWay = true;
          round = takeRound();
        }
      }
    }
    if (refused) {
      barrier.failed();
    } else if (round != null) {
      start(round);
    }
  }

  /** Ends those that wait; none is taken in any more. */
  void close() {
    List<Waiting> left;
    synchronized (this) {
      closed = true;
      left = takeRound();
    }
    left.forEach(w -> w.barrier().failed());
  }

  private List<Waiting> takeRound() {
    List<Waiting> round = next;
    next = new ArrayList<>();
    return round;
  }

  private void start(List<Waiting> round) {
    boolean stable = isStable();
    try {
      node.readIndex(
          ReadOnlyOption.ReadOnlySafe,
          NO_CONTEXT,
          new ReadIndexClosure(timeoutMillis) {
            @Override
            public void run(Status status, long index, byte[] context) {
              ended(round, status.isOk() && stable && isStable());
            }
          });
    } catch (RuntimeException e) {
      // The closure may or may not be called then: it settles the round once at most.
      ended(round, false);
    }
  }

  /**
   * The library asks a majority of the new voters only; while two sets of voters hold, that does
   * not rule out a leader elected by the old ones.
   */
  private boolean isStable() {
    ConfigurationEntry configuration = internals.configuration();
    return configuration != null && configuration.isStable();
  }

  private void ended(List<Waiting> round, boolean confirmed) {
    List<Waiting> settled;
    List<Waiting> following = null;
    synchronized (this) {
      settled = List.copyOf(round);
      round.clear();
      if (settled.isEmpty()) {
        return;
      }
      if (next.isEmpty()) {
        underWay = false;
      } else {
        following = takeRound();
      }
    }
    if (following != null) {
      start(following);
    }
    for (Waiting waiting : settled) {
      if (confirmed && internals.leadsIn(waiting.term()) && leadsIn.test(waiting.term())) {
        waiting.barrier().reached();
      } else {
        waiting.barrier().failed();
      }
    }
  }
}
