package kvstore.server.router;

import java.util.concurrent.atomic.AtomicInteger;
import kvstore.replication.NodeId;

/**
 * A leader in a term, to whom commands of one shard are sent, and how many it has yet to answer.
 */
final class Target {

  /** In place of a term: only who leads is asked, or a read that any replica may answer. */
  static final long ANY_TERM = 0;

  private final NodeId node;
  private final long term;
  private final AtomicInteger unanswered = new AtomicInteger();

  Target(NodeId node, long term) {
    this.node = node;
    this.term = term;
  }

  NodeId node() {
    return node;
  }

  long term() {
    return term;
  }

  boolean is(NodeId otherNode, long otherTerm) {
    return term == otherTerm && node.equals(otherNode);
  }

  void sent() {
    unanswered.incrementAndGet();
  }

  void answered() {
    unanswered.decrementAndGet();
  }

  boolean isIdle() {
    return unanswered.get() == 0;
  }
}
