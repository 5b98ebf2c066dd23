package kvstore.tools.verify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.tools.RespConnection;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;

/**
 * What a node answered to an operation.
 *
 * @param replies if the outcome is OK, one for each step
 * @param error its kind, such as TRYAGAIN; empty if there is none
 */
record Asked(Outcome outcome, List<String> replies, String error) {

  /** What the documents say of error replies: not applied, for certain. */
  private static final List<String> CERTAINLY_NOT_APPLIED =
      List.of("TRYAGAIN", "CLUSTERDOWN", "OOM", "NOSPACE", "IOERR", "EXECABORT");

  /** Sends an operation and waits. */
  static Asked ask(RespConnection connection, List<String> keys, List<Step> steps)
      throws IOException {
    if (steps.size() == 1) {
      Reply reply = connection.call(words(keys, steps.get(0)));
      return of(List.of(reply), steps);
    }
    connection.send(RespConnection.words(List.of("MULTI")));
    for (Step step : steps) {
      connection.send(RespConnection.words(List.of(words(keys, step))));
    }
    connection.send(RespConnection.words(List.of("EXEC")));
    connection.flush();
    for (int i = 0; i <= steps.size(); i++) {
      connection.receive(); // OK, and QUEUED for each; EXEC tells if one was not
    }
    Reply reply = connection.receive();
    return reply instanceof Reply.Array array && array.items().size() == steps.size()
        ? of(array.items(), steps)
        : failed(reply);
  }

  private static Asked of(List<Reply> replies, List<Step> steps) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Reply reply = replies.get(i);
      if (reply instanceof Reply.Failure failure) {
        if (steps.get(i).kind() != Step.Kind.INCR
            || !failure.message().contains("not an integer")) {
          return failed(reply);
        }
        texts.add(Step.NOT_AN_INTEGER);
      } else {
        texts.add(text(reply));
      }
    }
    return new Asked(Outcome.OK, texts, "");
  }

  private static Asked failed(Reply reply) {
    String message = reply instanceof Reply.Failure failure ? failure.message() : reply.toString();
    String code = message.split(" ", 2)[0];
    if (CERTAINLY_NOT_APPLIED.contains(code)) {
      return new Asked(Outcome.FAILED, List.of(), code);
    }
    // Any other error is none of those that are promised: its effect is not known.
    return new Asked(
        Outcome.UNKNOWN, List.of(), code.equals("UNKNOWN") ? code : "unexpected: " + message);
  }

  private static String text(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return new String(bulk.value(), StandardCharsets.UTF_8);
    } else if (reply instanceof Reply.Int number) {
      return Long.toString(number.value());
    } else if (reply instanceof Reply.Simple simple) {
      return simple.text();
    }
    return reply.equals(Reply.NIL) ? Step.NIL : reply.toString();
  }

  private static String[] words(List<String> keys, Step step) {
    String key = keys.get(step.key());
    return switch (step.kind()) {
      case GET, DEL, INCR -> new String[] {step.kind().name(), key};
      case SET, APPEND -> new String[] {step.kind().name(), key, step.value()};
      case SET_NX -> new String[] {"SET", key, step.value(), "NX"};
      case CAS -> new String[] {"CAS", key, step.expected(), step.value()};
      case CAD -> new String[] {"CAD", key, step.expected()};
    };
  }
}
