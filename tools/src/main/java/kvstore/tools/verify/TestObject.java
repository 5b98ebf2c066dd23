package kvstore.tools.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import kvstore.tools.verify.history.ObjectHistory;
import kvstore.tools.verify.history.Operation;
import kvstore.tools.verify.history.Step;

/** One object that clients work on, and what they did to it. Any thread. */
final class TestObject {

  /** What kind of work an object sees. */
  enum Kind {
    REGISTER(1, 400),
    COUNTER(1, 400),
    /** Values grow with each append, so it is left earlier. */
    LIST(1, 120),
    GROUP(3, 250);

    private final int keys;
    private final int operations;

    Kind(int keys, int operations) {
      this.keys = keys;
      this.operations = operations;
    }
  }

  private final Kind kind;
  private final List<String> keys = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private final AtomicInteger begun = new AtomicInteger();
  private final String[] lastSeen;

  /**
   * @param name unique; the keys of a group share it as their hash tag
   */
  TestObject(Kind kind, String name) {
    this.kind = kind;
    for (int i = 0; i < kind.keys; i++) {
      keys.add(kind.keys == 1 ? "verify:" + name : "verify:{" + name + "}:" + (char) ('a' + i));
    }
    lastSeen = new String[kind.keys];
    java.util.Arrays.fill(lastSeen, "");
  }

  List<String> keys() {
    return keys;
  }

  /** Whether it has seen enough: short histories are checked fast. */
  boolean isWorn() {
    return begun.get() >= kind.operations;
  }

  /** What a client does next. */
  List<Step> next(RandomGenerator random, String fresh) {
    begun.incrementAndGet();
    return switch (kind) {
      case REGISTER -> List.of(onRegister(random, 0, fresh));
      case COUNTER -> List.of(onCounter(random));
      case LIST -> List.of(onList(random, fresh));
      case GROUP -> onGroup(random, fresh);
    };
  }

  private Step onRegister(RandomGenerator random, int key, String fresh) {
    int dice = random.nextInt(100);
    if (dice < 40) {
      return Step.get(key);
    } else if (dice < 62) {
      return Step.set(key, fresh);
    } else if (dice < 70) {
      return Step.setIfAbsent(key, fresh);
    } else if (dice < 86) {
      return Step.compareAndSet(key, seen(key), fresh);
    } else if (dice < 93) {
      return Step.compareAndDelete(key, seen(key));
    }
    return Step.delete(key);
  }

  private static Step onCounter(RandomGenerator random) {
    int dice = random.nextInt(100);
    return dice < 40 ? Step.get(0) : dice < 97 ? Step.increment(0) : Step.delete(0);
  }

  private static Step onList(RandomGenerator random, String fresh) {
    int dice = random.nextInt(100);
    return dice < 40 ? Step.get(0) : dice < 96 ? Step.append(0, fresh + ".") : Step.delete(0);
  }

  private List<Step> onGroup(RandomGenerator random, String fresh) {
    int dice = random.nextInt(100);
    if (dice < 30) {
      return List.of(Step.get(0), Step.get(1), Step.get(2));
    } else if (dice < 55) {
      return List.of(Step.set(0, fresh), Step.set(1, fresh), Step.set(2, fresh));
    } else if (dice < 65) {
      return List.of(Step.get(0), Step.set(1, fresh));
    } else if (dice < 72) {
      return List.of(Step.compareAndSet(0, seen(0), fresh), Step.get(1), Step.delete(2));
    }
    return List.of(onRegister(random, random.nextInt(kind.keys), fresh));
  }

  private synchronized String seen(int key) {
    return lastSeen[key];
  }

  synchronized void add(Operation operation) {
    operations.add(operation);
    for (int i = 0; i < operation.replies().size(); i++) {
      Step step = operation.steps().get(i);
      if (step.kind() == Step.Kind.GET) {
        lastSeen[step.key()] = operation.replies().get(i);
      } else if (step.kind() == Step.Kind.SET) {
        lastSeen[step.key()] = step.value();
      }
    }
  }

  synchronized ObjectHistory history() {
    return new ObjectHistory(keys, operations);
  }
}
