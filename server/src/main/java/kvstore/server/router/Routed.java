package kvstore.server.router;

import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** A command on its way to the leader of its shard, across retries; ends exactly once. */
abstract class Routed {

  private final Command command;
  private final ReadMode mode;
  private final boolean ordered;
  private final long deadlineNanos;
  private final long leaderDeadlineNanos;

  /** Place among the commands of this node; retries and other routes keep it. 0: none yet. */
  private long sequence;

  /** Where it was last sent. */
  private @Nullable Target target;

  /**
   * @param deadlineNanos when the outcome is given up as unknown, on the clock of {@link
   *     Router.RouterTimes}
   * @param leaderDeadlineNanos when waiting for a leader is given up
   */
  Routed(
      Command command,
      ReadMode mode,
      boolean ordered,
      long deadlineNanos,
      long leaderDeadlineNanos) {
    this.command = command;
    this.mode = mode;
    this.ordered = ordered;
    this.deadlineNanos = deadlineNanos;
    this.leaderDeadlineNanos = leaderDeadlineNanos;
  }

  /**
   * The end with a result of the local replica.
   *
   * @param answering the slots that the replica then held
   */
  abstract void done(Outcome outcome, SlotRange answering);

  /**
   * The end with a result of another node, as it encoded it.
   *
   * @param answering the slots that its replica then held
   */
  abstract void forwarded(Reply reply, SlotRange answering);

  /** The end without a result. */
  abstract void failed(Unavailable reason);

  /** Whether the newest shard map still sends the command this way. */
  abstract boolean belongsTo(ShardRoute route);

  /**
   * Whether the command may be sent again. Not so if what was sent after it may have been taken: on
   * another of its keys if one is elsewhere, on any if it was not answered.
   */
  boolean keepsItsPlace(ForwardCodec.NotTaken.Why why) {
    return true;
  }

  /** Starts anew from the newest shard map; the command was certainly not applied. */
  abstract void reroute();

  final Command command() {
    return command;
  }

  final boolean writes() {
    return command.operation().writes();
  }

  final ReadMode mode() {
    return mode;
  }

  final boolean ordered() {
    return ordered;
  }

  final long deadlineNanos() {
    return deadlineNanos;
  }

  final boolean leaderWaitOver(long nowNanos) {
    return nowNanos - leaderDeadlineNanos > 0;
  }

  final @Nullable Target target() {
    return target;
  }

  final void setTarget(@Nullable Target value) {
    target = value;
  }

  final long sequence() {
    return sequence;
  }

  final void setSequence(long value) {
    sequence = value;
  }
}
