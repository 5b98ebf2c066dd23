package kvstore.server.shard;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import kvstore.replication.Leadership;
import kvstore.server.router.Unavailable;

/**
 * Commands for a term in which this replica was elected, but has yet to apply what came before.
 * Another node may have heard of the election earlier than it has taken effect here. Were its first
 * commands refused and its next ones taken, they would have changed places; so they wait, and with
 * them all that come after them.
 *
 * <p>Any thread may call any method. Commands are handed on by one thread at a time, without a
 * lock.
 */
final class EarlyCommands {

  /** Commands kept at most; more are refused as not applied. */
  private static final int MOST = 10_000;

  /** Takes or refuses a command by the leadership of now. */
  interface Next {
    void take(ShardCommand command, long term);
  }

  private record Early(ShardCommand command, long term) {}

  private final Supplier<Leadership> leadership;
  private final Next next;

  // guarded by this
  private final ArrayDeque<Early> waiting = new ArrayDeque<>();
  private boolean handingOn;
  private long ledTerm;

  /** Whether any waits or is being handed on; written under the lock. */
  private volatile boolean any;

  EarlyCommands(Supplier<Leadership> leadership, Next next) {
    this.leadership = leadership;
    this.next = next;
  }

  /** Hands the command on, now or later. */
  void submit(ShardCommand command, long term) {
    if (any || !leads(term)) {
      boolean full = false;
      synchronized (this) {
        if (any || isEarly(term)) {
          full = waiting.size() >= MOST;
          any = true;
          if (!full) {
            waiting.add(new Early(command, term));
            return;
          }
        }
      }
      if (full) {
        command.failed(Unavailable.NOT_APPLIED);
        return;
      }
    }
    next.take(command, term);
  }

  /** This replica leads in {@code term}, or did a moment ago: who speaks of it is not early. */
  void leadershipGained(long term) {
    synchronized (this) {
      ledTerm = Math.max(ledTerm, term);
    }
    leadershipChanged();
  }

  /** To be called after every change of leadership. */
  void leadershipChanged() {
    synchronized (this) {
      if (handingOn) {
        return; // whoever does looks at the leadership again before each command
      }
      handingOn = true;
    }
    while (true) {
      Early first;
      synchronized (this) {
        first = waiting.peek();
        if (first == null || isEarly(first.term())) {
          any = first != null;
          handingOn = false;
          return;
        }
        waiting.remove();
      }
      next.take(first.command(), first.term());
    }
  }

  /** Ends what has waited past its deadline. */
  void expire(long nowNanos) {
    if (!any) {
      return;
    }
    List<ShardCommand> late = new ArrayList<>();
    synchronized (this) {
      for (Early early : waiting) {
        if (early.command().expired(nowNanos)) {
          late.add(early.command());
        }
      }
      waiting.removeIf(early -> early.command().expired(nowNanos));
    }
    late.forEach(command -> command.failed(Unavailable.NO_MAJORITY));
    leadershipChanged();
  }

  /** Refuses all. */
  void giveUp() {
    List<Early> refused;
    synchronized (this) {
      refused = List.copyOf(waiting);
      waiting.clear();
    }
    refused.forEach(early -> early.command().notLeading());
  }

  private boolean leads(long term) {
    Leadership now = leadership.get();
    return now.isLeader() && now.term() == term;
  }

  private boolean isEarly(long term) {
    Leadership now = leadership.get();
    return now.role() != Leadership.Role.OUT
        && !leads(term)
        && term >= now.term()
        && term > ledTerm;
  }
}
