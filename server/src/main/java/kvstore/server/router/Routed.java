package kvstore.server.router;

import java.util.function.LongSupplier;
import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.Reply;
import kvstore.server.shard.Doubt;
import org.jspecify.annotations.Nullable;

/** A command on its way to the leader of its shard, across retries; ends exactly once. */
abstract class Routed {

  private Command command;
  private final ReadMode mode;
  private final boolean ordered;
  private final long deadlineNanos;
  private final long leaderDeadlineNanos;

  /** Place among the commands of this node; retries and other routes keep it. 0: none yet. */
  private long sequence;

  /** Where it was last sent. */
  private @Nullable Target target;

  /** A log index that a leader had applied before it was last sent. */
  private long sentAfter;

  /** Not null once it may have been applied, until a leader has said whether it was. */
  private @Nullable Doubt doubt;

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

  /** The end without a result, of which the reason is true of all its sendings. */
  abstract void ended(Unavailable reason);

  /** The end without a result, by somebody who knows of its last sending at most. */
  final void failed(Unavailable reason) {
    ended(doubt == null ? reason : Unavailable.OUTCOME_UNKNOWN);
  }

  /** Whether the newest shard map still sends the command this way. */
  abstract boolean belongsTo(ShardRoute route);

  /**
   * Whether the command may be sent again. Not so if what was sent after it may have been taken: on
   * another of its keys if one is elsewhere, on any if it was not answered.
   */
  boolean keepsItsPlace(ForwardCodec.NotTaken.Why why) {
    return true;
  }

  /**
   * Whether something that was sent after it, and must take effect after it, may have been
   * dispatched already.
   */
  boolean isFollowed() {
    return true;
  }

  /** Starts anew from the newest shard map; the command was certainly not applied. */
  abstract void routeAnew();

  /** The way it was on is not its own any more, by the newest shard map. */
  final void reroute() {
    if (doubt == null) {
      routeAnew();
    } else {
      ended(Unavailable.OUTCOME_UNKNOWN); // the shard that could tell is not asked for its key
    }
  }

  final Command command() {
    return command;
  }

  /** Gives the command an identity, unless it has one, to ask for later. */
  final void identify(LongSupplier identities) {
    if (command.identity() == 0) {
      command = command.identified(identities.getAsLong());
    }
  }

  final @Nullable Doubt doubt() {
    return doubt;
  }

  /**
   * No answer came to the last sending of the write, or one that its outcome is unknown.
   *
   * @return false if there is nobody to ask
   */
  final boolean comesIntoDoubt() {
    Target asked = target;
    Doubt before = doubt;
    if (asked == null || command.identity() == 0 || before != null) {
      return false; // who was asked in doubt has said all there is to say
    }
    doubt = new Doubt(asked.shard(), asked.term(), sentAfter, true);
    return true;
  }

  /** No answer came to the last sending of the write, which may have been in doubt before. */
  final boolean staysInDoubt() {
    Target asked = target;
    Doubt before = doubt;
    if (before == null || asked == null) {
      return comesIntoDoubt();
    }
    doubt = before.again(asked.term());
    return true;
  }

  /** What became of it can be asked for, but it must not be sent again. */
  final void fallsBehind() {
    Doubt before = doubt;
    doubt = before == null ? null : before.followed();
  }

  /** A leader that knows of all its sendings has not applied it. */
  final void settled() {
    doubt = null;
  }

  final void setSentAfter(long index) {
    sentAfter = index;
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
