package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kvstore.tools.verify.history.ObjectHistory;
import kvstore.tools.verify.history.Operation;
import kvstore.tools.verify.history.Step;

/** A key, or a few that change together, that all clients work on; and what they saw. */
final class SharedObject {

  /** What is done to it. */
  enum Kind {
    REGISTER(1, 150),
    COUNTER(1, 150),
    LIST(1, 60),
    GROUP(3, 100);

    private final int keys;
    private final int most;

    Kind(int keys, int most) {
      this.keys = keys;
      this.most = most;
    }
  }

  private static final int MOST_UNKNOWN = 8;

  private final Kind kind;
  private final List<String> keys = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private final String[] lastSeen;
  private int unknown;

  SharedObject(Kind kind, String name) {
    this.kind = kind;
    for (int i = 0; i < kind.keys; i++) {
      keys.add(kind.keys == 1 ? name : "{" + name + "}" + (char) ('a' + i));
    }
    lastSeen = new String[kind.keys];
    Arrays.fill(lastSeen, "");
  }

  List<String> keys() {
    return keys;
  }

  Kind kind() {
    return kind;
  }

  /** Whether it has seen enough: short histories are judged fast. */
  boolean isWorn() {
    return operations.size() >= kind.most || unknown >= MOST_UNKNOWN;
  }

  List<Step> next(SplittableRandom random, String fresh) {
    return switch (kind) {
      case REGISTER -> List.of(onRegister(random, 0, fresh));
      case COUNTER -> List.of(random.nextInt(100) < 40 ? Step.get(0) : Step.increment(0));
      case LIST -> List.of(random.nextInt(100) < 40 ? Step.get(0) : Step.append(0, fresh + "."));
      case GROUP -> onGroup(random, fresh);
    };
  }

  private Step onRegister(SplittableRandom random, int key, String fresh) {
    int dice = random.nextInt(100);
    if (dice < 45) {
      return Step.get(key);
    } else if (dice < 65) {
      return Step.set(key, fresh);
    } else if (dice < 72) {
      return Step.setIfAbsent(key, fresh);
    } else if (dice < 86) {
      return Step.compareAndSet(key, lastSeen[key], fresh);
    } else if (dice < 93) {
      return Step.compareAndDelete(key, lastSeen[key]);
    }
    return Step.delete(key);
  }

  private List<Step> onGroup(SplittableRandom random, String fresh) {
    int dice = random.nextInt(100);
    if (dice < 35) {
      return List.of(Step.get(0), Step.get(1), Step.get(2));
    } else if (dice < 70) {
      return List.of(Step.set(0, fresh), Step.set(1, fresh), Step.set(2, fresh));
    }
    return List.of(Step.get(0), Step.set(1, fresh));
  }

  void add(Operation operation) {
    operations.add(operation);
    unknown += operation.outcome() == Operation.Outcome.UNKNOWN ? 1 : 0;
    for (int i = 0; i < operation.replies().size(); i++) {
      Step step = operation.steps().get(i);
      if (step.kind() == Step.Kind.GET) {
        lastSeen[step.key()] = operation.replies().get(i);
      } else if (step.kind() == Step.Kind.SET) {
        lastSeen[step.key()] = step.value();
      }
    }
  }

  ObjectHistory history() {
    return new ObjectHistory(keys, operations);
  }
}
