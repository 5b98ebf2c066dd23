package kvstore.server.shard;

import java.util.concurrent.atomic.AtomicBoolean;
import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.jspecify.annotations.Nullable;

/**
 * One command on its way through a shard. Ends exactly once, whoever comes first: the state
 * machine, a failure, or its deadline.
 */
public final class ShardCommand {

  /** Told how the command ended: exactly one method, once, on any thread; must not block. */
  public interface Completion {
    void done(Outcome outcome);

    void failed(Unavailable reason);

    /** This replica did not lead in the term asked for; certainly not applied. */
    void notLeading();

    /**
     * A read was taken, and is not answered. What came after it on its connection may have been
     * taken too, and may take effect: if anything did, the read must not be made again.
     */
    void unanswered();

    /**
     * A key is not, or not any longer, of this shard; certainly not applied. The newest shard map
     * tells where it is.
     */
    void elsewhere();
  }

  private final Command command;
  private final ReadMode mode;
  private final boolean ordered;
  private final long deadlineNanos;
  private final Completion completion;
  private final @Nullable Doubt doubt;
  private final AtomicBoolean ended = new AtomicBoolean();

  /** Whether it is certain that no earlier sending of the command was applied. */
  private volatile boolean certain;

  /** A command that was not sent before. */
  public ShardCommand(
      Command command, ReadMode mode, boolean ordered, long deadlineNanos, Completion completion) {
    this(command, mode, ordered, deadlineNanos, null, completion);
  }

  /**
   * @param ordered whether an earlier, unanswered command of the same connection must be seen
   * @param deadlineNanos on the clock of {@link System#nanoTime}
   * @param doubt not null if it was sent before, and may have been applied
   */
  public ShardCommand(
      Command command,
      ReadMode mode,
      boolean ordered,
      long deadlineNanos,
      @Nullable Doubt doubt,
      Completion completion) {
    this.command = command;
    this.mode = mode;
    this.ordered = ordered;
    this.deadlineNanos = deadlineNanos;
    this.completion = completion;
    this.doubt = doubt;
    this.certain = doubt == null;
  }

  Command command() {
    return command;
  }

  ReadMode mode() {
    return mode;
  }

  boolean ordered() {
    return ordered;
  }

  boolean writes() {
    return command.operation().writes();
  }

  @Nullable Doubt doubt() {
    return doubt;
  }

  /** Earlier sendings of the command were certainly not applied. */
  void settled() {
    certain = true;
  }

  boolean expired(long nowNanos) {
    return nowNanos - deadlineNanos > 0;
  }

  boolean hasEnded() {
    return ended.get();
  }

  void done(Outcome outcome) {
    if (outcome == Outcome.ELSEWHERE) {
      elsewhere();
    } else if (ended.compareAndSet(false, true)) {
      completion.done(outcome);
    }
  }

  void failed(Unavailable reason) {
    if (ended.compareAndSet(false, true)) {
      completion.failed(certain ? reason : Unavailable.OUTCOME_UNKNOWN);
    }
  }

  void notLeading() {
    if (ended.compareAndSet(false, true)) {
      completion.notLeading();
    }
  }

  void unanswered() {
    if (ended.compareAndSet(false, true)) {
      completion.unanswered();
    }
  }

  void elsewhere() {
    if (ended.compareAndSet(false, true)) {
      completion.elsewhere();
    }
  }
}
