package kvstore.server.router;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.replication.NodeId;

/**
 * A leader in a term, to whom commands of one shard are sent, and which it has yet to answer. Any
 * thread may call any method.
 */
final class Target {

  /** In place of a term: only who leads is asked, or a read that any replica may answer. */
  static final long ANY_TERM = 0;

  private final int shard;
  private final NodeId node;
  private final long term;
  private final AtomicInteger unanswered = new AtomicInteger();

  /** Sendings to another node that it has yet to answer. */
  private final Set<Runnable> sendings = ConcurrentHashMap.newKeySet();

  /** Whether it has answered anything since last asked. */
  private volatile boolean heard;

  private volatile boolean superseded;

  /** Whether something could not be sent: what would overtake it must not leave any more. */
  private volatile boolean spoiled;

  Target(int shard, NodeId node, long term) {
    this.shard = shard;
    this.node = node;
    this.term = term;
  }

  int shard() {
    return shard;
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

  /** Whether commands for that leader in that term may be sent by way of this. */
  boolean takes(NodeId otherNode, long otherTerm) {
    return !spoiled && is(otherNode, otherTerm);
  }

  boolean isSpoiled() {
    return spoiled;
  }

  /**
   * A command could not be sent. Those of its connection that came after it, and are on their way
   * to the transport already, come back too; another target takes its place.
   */
  void spoil() {
    spoiled = true;
  }

  void sent() {
    unanswered.incrementAndGet();
  }

  void answered() {
    heard = true;
    unanswered.decrementAndGet();
  }

  /** True if nothing has been answered since the last call, though something was sent. */
  boolean isSilent() {
    boolean silent = !heard && !isIdle();
    heard = false;
    return silent;
  }

  /**
   * @param givenUp called if the answer is not waited for any longer; at most once, unless {@link
   *     #ended} comes first
   */
  void began(Runnable givenUp) {
    sendings.add(givenUp);
  }

  void ended(Runnable givenUp) {
    sendings.remove(givenUp);
  }

  /** A leader of a later term is known. Whether it was known before. */
  boolean supersede() {
    boolean before = superseded;
    superseded = true;
    return before;
  }

  /** What it has yet to answer is to be asked of its successor. */
  void giveUp() {
    List.copyOf(sendings).forEach(Runnable::run);
  }

  boolean isIdle() {
    return unanswered.get() == 0;
  }
}
