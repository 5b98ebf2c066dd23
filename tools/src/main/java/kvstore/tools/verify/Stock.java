package kvstore.tools.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The objects under test. So many are worked on at a time, and each is replaced by a new one when
 * it is worn. Any thread.
 */
final class Stock {

  private static final int REGISTERS = 24;
  private static final int COUNTERS = 10;
  private static final int LISTS = 8;
  private static final int GROUPS = 8;

  private final List<TestObject> all = new ArrayList<>();
  private final List<TestObject> current = new ArrayList<>();
  private final List<TestObject.Kind> kinds = new ArrayList<>();

  Stock() {
    add(TestObject.Kind.REGISTER, REGISTERS);
    add(TestObject.Kind.COUNTER, COUNTERS);
    add(TestObject.Kind.LIST, LISTS);
    add(TestObject.Kind.GROUP, GROUPS);
  }

  private void add(TestObject.Kind kind, int count) {
    for (int i = 0; i < count; i++) {
      kinds.add(kind);
      current.add(made(kind, current.size()));
    }
  }

  private TestObject made(TestObject.Kind kind, int place) {
    TestObject object =
        new TestObject(
            kind,
            kind.name().charAt(0) + Integer.toString(place) + "-" + Integer.toString(all.size()));
    all.add(object);
    return object;
  }

  synchronized TestObject pick(RandomGenerator random) {
    int place = random.nextInt(current.size());
    if (current.get(place).isWorn()) {
      current.set(place, made(kinds.get(place), place));
    }
    return current.get(place);
  }

  synchronized List<TestObject> all() {
    return List.copyOf(all);
  }
}
