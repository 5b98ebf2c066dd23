package kvstore.server.router;

import java.util.ArrayList;
import java.util.List;
import kvstore.engine.command.Outcome;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** Says outcomes of the engine as replies of the protocol. */
final class Outcomes {

  private Outcomes() {}

  static Reply toReply(Outcome outcome) {
    if (outcome == Outcome.OK) {
      return Reply.OK;
    }
    if (outcome instanceof Outcome.Bytes bytes) {
      return new Reply.Bulk(bytes.value());
    }
    if (outcome instanceof Outcome.Nil) {
      return Reply.NIL;
    }
    if (outcome instanceof Outcome.Int number) {
      return new Reply.Int(number.value());
    }
    if (outcome instanceof Outcome.Text text) {
      return new Reply.Simple(text.text());
    }
    if (outcome instanceof Outcome.Refused refused) {
      return new Reply.Failure(refused.message());
    }
    if (outcome instanceof Outcome.Many many) {
      return new Reply.Array(toReplies(many.items()));
    }
    if (outcome instanceof Outcome.Pairs pairs) {
      return new Reply.Pairs(toReplies(pairs.keysAndValues()));
    }
    return Reply.NIL_ARRAY;
  }

  /**
   * The one reply to a command whose parts did not all succeed; null if they did.
   *
   * @param replies one for each part
   */
  static @Nullable Reply failureOf(boolean writes, @Nullable Reply[] replies) {
    Reply.Failure failure = null;
    boolean someDone = false;
    for (Reply reply : replies) {
      if (reply instanceof Reply.Failure failed) {
        failure = failed;
      } else {
        someDone = true;
      }
    }
    return failure == null || !writes || !someDone
        ? failure
        : new Reply.Failure("UNKNOWN some keys were changed, but others not: " + failure.message());
  }

  private static List<Reply> toReplies(List<Outcome> outcomes) {
    List<Reply> replies = new ArrayList<>(outcomes.size());
    for (Outcome outcome : outcomes) {
      replies.add(toReply(outcome));
    }
    return replies;
  }
}
