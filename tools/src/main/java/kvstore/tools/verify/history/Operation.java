package kvstore.tools.verify.history;

import java.util.List;

/**
 * One thing that a client asked for: a command, or several in one transaction. Times are in
 * nanoseconds of one monotonic clock.
 *
 * @param client number of the client
 * @param steps in their order; more than one happen as one
 * @param replies one for each step, as text; empty unless the outcome is known
 * @param invokedAt before the request was sent
 * @param returnedAt after the reply came, or when it was given up
 */
public record Operation(
    int client,
    List<Step> steps,
    List<String> replies,
    long invokedAt,
    long returnedAt,
    Outcome outcome) {

  /** What a client knows in the end. */
  public enum Outcome {
    /** It was done, with these replies. */
    OK,
    /** It was not done, for certain. */
    FAILED,
    /** It was done at any time since its invocation, or will be, or never. */
    UNKNOWN
  }

  public Operation {
    steps = List.copyOf(steps);
    replies = List.copyOf(replies);
    if (outcome == Outcome.OK && replies.size() != steps.size()) {
      throw new IllegalArgumentException(
          "expected " + steps.size() + " replies, but got " + replies.size());
    }
    if (returnedAt < invokedAt) {
      throw new IllegalArgumentException("expected a return after the invocation");
    }
  }

  public boolean writes() {
    for (Step step : steps) {
      if (step.kind().writes()) {
        return true;
      }
    }
    return false;
  }

  /** A line for people; times in ms since {@code origin}. */
  String line(List<String> keys, long origin) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            java.util.Locale.ROOT,
            "%10.3f … %10s  client %-3d ",
            (invokedAt - origin) / 1e6,
            outcome == Outcome.OK
                ? String.format(java.util.Locale.ROOT, "%.3f", (returnedAt - origin) / 1e6)
                : "?",
            client));
    boolean one = steps.size() == 1;
    if (!one) {
      text.append("MULTI ");
    }
    for (int i = 0; i < steps.size(); i++) {
      text.append(i == 0 ? "" : " | ").append(steps.get(i).text(keys.get(steps.get(i).key())));
      if (outcome == Outcome.OK) {
        text.append(" -> ").append(Step.shown(replies.get(i)));
      }
    }
    if (!one) {
      text.append(" EXEC");
    }
    return text + (outcome == Outcome.OK ? "" : " -> outcome unknown");
  }
}
