package kvstore.tools.verify.history;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kvstore.tools.verify.history.Operation.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Clients of a simulated store, on a clock that counts events. An operation takes effect at one
 * moment between its call and its return; one of unknown outcome at any moment after its call, or
 * never. What the store makes of it is up to the store.
 */
final class Sim {

  /** A store of one object. */
  interface Store {
    /** Carries an operation out for a client, at one moment. */
    List<String> apply(int client, List<Step> steps);

    /** Called between any two events. */
    default void tick(SplittableRandom random) {}
  }

  /** Does what it should. */
  static class Atomic implements Store {
    final @Nullable String[] state;

    Atomic(int keys) {
      state = new String[keys];
    }

    @Override
    public List<String> apply(int client, List<Step> steps) {
      List<String> replies = new ArrayList<>();
      for (Step step : steps) {
        replies.add(step.reply(state[step.key()]));
        state[step.key()] = step.after(state[step.key()]);
      }
      return replies;
    }
  }

  private static final class Client {
    @Nullable List<Step> steps;
    @Nullable List<String> replies;
    long invokedAt;
  }

  private final SplittableRandom random;
  private final Store store;
  private final int keys;
  private final Client[] clients;
  private final List<Operation> done = new ArrayList<>();
  private final List<List<Step>> adrift = new ArrayList<>();
  private double unknown = 0.02;
  private double failed = 0.02;
  private long now;
  private int values;

  Sim(long seed, Store store, int keys, int clientCount) {
    this.random = new SplittableRandom(seed);
    this.store = store;
    this.keys = keys;
    this.clients = new Client[clientCount];
    for (int i = 0; i < clientCount; i++) {
      clients[i] = new Client();
    }
  }

  /** Shares of operations of unknown outcome and of failed ones. */
  Sim outcomes(double unknownShare, double failedShare) {
    unknown = unknownShare;
    failed = failedShare;
    return this;
  }

  ObjectHistory run(int operations) {
    while (done.size() < operations) {
      now++;
      store.tick(random);
      if (!adrift.isEmpty() && random.nextInt(10) == 0) {
        List<Step> steps = adrift.remove(random.nextInt(adrift.size()));
        if (random.nextBoolean()) {
          store.apply(0, steps);
        }
      } else {
        advance(random.nextInt(clients.length));
      }
    }
    for (int i = 0; i < clients.length; i++) {
      if (clients[i].steps != null) { // under way for ever
        done.add(
            new Operation(
                i, clients[i].steps, List.of(), clients[i].invokedAt, now, Outcome.UNKNOWN));
      }
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      names.add("k" + i);
    }
    return new ObjectHistory(names, done);
  }

  private void advance(int number) {
    Client client = clients[number];
    List<Step> steps = client.steps;
    if (steps == null) {
      client.steps = someSteps();
      client.invokedAt = now;
      return;
    }
    List<String> replies = client.replies;
    if (replies != null) {
      done.add(new Operation(number, steps, replies, client.invokedAt, now, Outcome.OK));
      client.steps = null;
      client.replies = null;
      return;
    }
    double dice = random.nextDouble();
    if (dice < unknown + failed) {
      Outcome outcome = dice < unknown ? Outcome.UNKNOWN : Outcome.FAILED;
      if (outcome == Outcome.UNKNOWN) {
        adrift.add(steps);
      }
      done.add(new Operation(number, steps, List.of(), client.invokedAt, now, outcome));
      client.steps = null;
    } else {
      client.replies = store.apply(number, steps);
    }
  }

  private List<Step> someSteps() {
    int count = keys == 1 ? 1 : random.nextInt(1, keys + 2);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      steps.add(someStep(random.nextInt(keys)));
    }
    return steps;
  }

  private Step someStep(int key) {
    String fresh = "v" + values++;
    String old = "v" + Math.max(0, values - 1 - random.nextInt(1, 6));
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> Step.get(key);
      case 4, 5 -> Step.set(key, fresh);
      case 6 -> Step.setIfAbsent(key, fresh);
      case 7 -> Step.compareAndSet(key, old, fresh);
      case 8 -> Step.compareAndDelete(key, old);
      case 9 -> Step.delete(key);
      case 10 -> Step.increment(key);
      default -> Step.append(key, "+" + values);
    };
  }
}
