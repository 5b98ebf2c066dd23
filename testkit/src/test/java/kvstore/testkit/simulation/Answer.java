package kvstore.testkit.simulation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;
import org.jspecify.annotations.Nullable;

/**
 * What a client learns from a reply.
 *
 * @param texts one for each step, if the outcome is known and good
 */
record Answer(Outcome outcome, List<String> texts) {

  /** What the documents say of error replies: not applied, for certain. */
  private static final List<String> CERTAINLY_NOT_APPLIED =
      List.of("TRYAGAIN", "CLUSTERDOWN", "OOM", "NOSPACE", "IOERR", "EXECABORT");

  private static final Answer UNKNOWN = new Answer(Outcome.UNKNOWN, List.of());

  /**
   * @param reply null if none came
   * @param world told of replies that a node never gives
   */
  static Answer of(@Nullable Reply reply, List<Step> steps, World world) {
    if (reply == null) {
      return UNKNOWN;
    }
    if (steps.size() == 1) {
      return of(List.of(reply), steps, world);
    }
    return reply instanceof Reply.Array array && array.items().size() == steps.size()
        ? of(array.items(), steps, world)
        : failed(reply, world);
  }

  private static Answer of(List<Reply> replies, List<Step> steps, World world) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Reply reply = replies.get(i);
      if (!(reply instanceof Reply.Failure failure)) {
        texts.add(text(reply));
      } else if (steps.get(i).kind() == Step.Kind.INCR
          && failure.message().contains("not an integer")) {
        texts.add(Step.NOT_AN_INTEGER);
      } else {
        return failed(reply, world);
      }
    }
    return new Answer(Outcome.OK, texts);
  }

  static Answer failed(Reply reply, World world) {
    String message = reply instanceof Reply.Failure failure ? failure.message() : reply.toString();
    String code = message.split(" ", 2)[0];
    if (CERTAINLY_NOT_APPLIED.contains(code)) {
      return new Answer(Outcome.FAILED, List.of());
    }
    if (!code.equals("UNKNOWN")) {
      world.violated("a reply that is none of those promised: " + message);
    }
    return UNKNOWN;
  }

  static String text(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return new String(bulk.value(), StandardCharsets.UTF_8);
    } else if (reply instanceof Reply.Int number) {
      return Long.toString(number.value());
    } else if (reply instanceof Reply.Simple simple) {
      return simple.text();
    }
    return reply.equals(Reply.NIL) ? Step.NIL : reply.toString();
  }

  static List<String> words(List<String> keys, Step step) {
    String key = keys.get(step.key());
    return switch (step.kind()) {
      case GET, DEL, INCR -> List.of(step.kind().name(), key);
      case SET, APPEND -> List.of(step.kind().name(), key, step.value());
      case SET_NX -> List.of("SET", key, step.value(), "NX");
      case CAS -> List.of("CAS", key, step.expected(), step.value());
      case CAD -> List.of("CAD", key, step.expected());
    };
  }
}
