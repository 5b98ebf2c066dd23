package kvstore.testkit.simulation;

import java.util.List;
import kvstore.protocol.Reply;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;
import org.jspecify.annotations.Nullable;

/**
 * A counter that one client alone counts up, without waiting for answers in between. What was asked
 * first on its connection takes effect first: the numbers it is told only grow.
 */
final class OwnCounter {

  private final String name;
  private final World world;
  private long last;
  private long sent;
  private int asked;

  OwnCounter(String name, World world) {
    this.name = name;
    this.world = world;
  }

  void ask(Wire to) {
    for (int i = (int) world.between(1, 4); i > 0; i--) {
      boolean counts = world.chance(0.7);
      sent += counts ? 1 : 0;
      long most = sent;
      int number = ++asked;
      world.tell(() -> name + " #" + number + (counts ? " INCR" : " GET") + " through " + to);
      to.send(List.of(counts ? "INCR" : "GET", name), reply -> told(number, counts, most, reply));
    }
  }

  private void told(int number, boolean counted, long most, @Nullable Reply reply) {
    world.tell(() -> name + " #" + number + ": " + reply);
    Answer answer = Answer.of(reply, List.of(Step.get(0)), world);
    if (answer.outcome() != Outcome.OK) {
      return;
    }
    String text = answer.texts().get(0);
    long value = text.equals(Step.NIL) ? 0 : Long.parseLong(text);
    long least = counted ? last + 1 : last;
    if (value < least || value > most) {
      world.violated(
          name
              + (counted ? " was counted up to " : " is ")
              + value
              + ", after it was "
              + last
              + ", and was counted up "
              + sent
              + " times at most");
    }
    last = value;
  }
}
