package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import kvstore.tools.verify.history.Operation.Outcome;

/** What the clients of a run work on. */
final class Stock {

  private static final int FLEETING = 2;

  private final World world;
  private final int clients;
  private final List<SharedObject> shared = new ArrayList<>();
  private final List<SharedObject> current = new ArrayList<>();
  private final List<OwnCounter> own = new ArrayList<>();
  private final FleetingKey[] fleeting = new FleetingKey[FLEETING];
  private final Map<FleetingKey, Integer> writers = new HashMap<>();
  private final Set<FleetingKey> beingSet = new HashSet<>();
  private int named;
  private final int[] outcomes = new int[Outcome.values().length];

  Stock(World world, int clients) {
    this.world = world;
    this.clients = clients;
    for (SharedObject.Kind kind : SharedObject.Kind.values()) {
      fresh(kind);
    }
    fresh(SharedObject.Kind.REGISTER);
    for (int i = 0; i < clients; i++) {
      own.add(new OwnCounter("own" + i, world));
    }
  }

  private SharedObject fresh(SharedObject.Kind kind) {
    SharedObject object =
        new SharedObject(kind, kind.name().toLowerCase(Locale.ROOT) + shared.size());
    shared.add(object);
    current.add(object);
    return object;
  }

  /** One that is being worked on now. */
  SharedObject shared(SplittableRandom random) {
    SharedObject object = current.get(random.nextInt(current.size()));
    if (object.isWorn()) {
      current.remove(object);
      return fresh(object.kind());
    }
    return object;
  }

  /** Those that were ever worked on. */
  List<SharedObject> allShared() {
    return shared;
  }

  OwnCounter own(int client) {
    return own.get(client);
  }

  FleetingKey fleeting(SplittableRandom random) {
    int place = random.nextInt(FLEETING);
    FleetingKey key = fleeting[place];
    if (key == null || key.isWorn()) {
      long error = 2 * world.rates.wallSkewMillis * Rates.MILLI + 5 * Rates.MILLI;
      key = new FleetingKey("fleeting" + named++, world, error);
      fleeting[place] = key;
      writers.put(key, random.nextInt(clients));
    }
    return key;
  }

  int writerOf(FleetingKey key) {
    return writers.getOrDefault(key, -1);
  }

  boolean isBeingSet(FleetingKey key) {
    return beingSet.contains(key);
  }

  void beingSet(FleetingKey key, boolean is) {
    if (is) {
      beingSet.add(key);
    } else {
      beingSet.remove(key);
    }
  }

  void ended(Outcome outcome) {
    outcomes[outcome.ordinal()]++;
  }

  int count(Outcome... of) {
    int sum = 0;
    for (Outcome outcome : of) {
      sum += outcomes[outcome.ordinal()];
    }
    return sum;
  }
}
