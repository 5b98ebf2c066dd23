package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kvstore.protocol.Reply;
import kvstore.server.net.SimulatedDoor;
import kvstore.tools.verify.history.Operation;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;
import org.jspecify.annotations.Nullable;

/**
 * A client: asks one thing after the other, or several at once, through whichever node it is
 * connected to, and writes down what it is told. When its connection is lost it takes another node.
 */
final class Client {

  private static final int MOST_PIPELINED = 6;

  private final int number;
  private final World world;
  private final SplittableRandom random;
  private final List<SimulatedNode> nodes;
  private final Stock stock;
  private @Nullable Wire wire;
  private @Nullable Life server;
  private int values;
  private boolean stopped;

  Client(int number, World world, List<SimulatedNode> nodes, Stock stock) {
    this.number = number;
    this.world = world;
    this.random = world.random;
    this.nodes = nodes;
    this.stock = stock;
  }

  void start() {
    world.after(world.between(0, 50 * Rates.MILLI), this::turn);
  }

  /** Asks nothing more. */
  void stop() {
    stopped = true;
  }

  boolean isIdle() {
    Wire now = wire;
    return now == null || now.isClosed() || now.unanswered() == 0;
  }

  private void turn() {
    if (stopped) {
      loseIfDead();
      world.after(25 * Rates.MILLI, this::turn);
      return;
    }
    Wire now = connected();
    if (now != null && now.unanswered() == 0) {
      int burst = random.nextInt(3) == 0 ? random.nextInt(1, MOST_PIPELINED + 1) : 1;
      for (int i = 0; i < burst; i++) {
        ask(now);
      }
    }
    world.after(world.between(1, 25 * Rates.MILLI), this::turn);
  }

  private @Nullable Wire connected() {
    loseIfDead();
    Wire now = wire;
    boolean weary = now != null && !now.isClosed() && now.unanswered() > 0 && world.chance(0.002);
    boolean moves = now != null && !now.isClosed() && world.chance(0.005);
    if (now != null && (weary || moves)) {
      now.lose();
    }
    if (now != null && !now.isClosed()) {
      return now;
    }
    SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
    Life life = node.life();
    SimulatedDoor door = node.door();
    if (life == null || door == null || life.isStalled()) {
      return null;
    }
    server = life;
    wire = new Wire(life, door, () -> {});
    return wire;
  }

  private void loseIfDead() {
    Wire now = wire;
    Life there = server;
    if (now != null && there != null && there.isDead()) {
      now.lose();
    }
  }

  private void ask(Wire to) {
    int dice = random.nextInt(100);
    if (dice < 50) {
      askShared(to);
    } else if (dice < 60) {
      askSeveral(to);
    } else if (dice < 80) {
      stock.own(number).ask(to);
    } else {
      askFleeting(to);
    }
  }

  private void askShared(Wire to) {
    SharedObject object = stock.shared(random);
    List<Step> steps = object.next(random, number + "-" + values++);
    perform(to, object, steps);
  }

  /**
   * One command on keys that may be of different shards: of all of them or, for certain, of none is
   * what a refusal tells.
   */
  private void askSeveral(Wire to) {
    SharedObject one = stock.shared(random);
    SharedObject other = stock.shared(random);
    if (one == other || one.keys().size() > 1 || other.keys().size() > 1) {
      askShared(to);
      return;
    }
    List<SharedObject> both = List.of(one, other);
    boolean registers = both.stream().allMatch(each -> each.kind() == SharedObject.Kind.REGISTER);
    List<String> words = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    boolean sets = registers && random.nextBoolean();
    words.add(sets ? "MSET" : "MGET");
    for (SharedObject each : both) {
      String fresh = number + "-" + values++;
      words.add(each.keys().get(0));
      if (sets) {
        words.add(fresh);
      }
      steps.add(sets ? Step.set(0, fresh) : Step.get(0));
    }
    long invoked = world.now();
    to.send(
        words,
        reply -> {
          for (int i = 0; i < both.size(); i++) {
            Reply part = reply instanceof Reply.Array array ? array.items().get(i) : reply;
            record(both.get(i), List.of(steps.get(i)), invoked, part);
          }
        });
  }

  /** Asks, and writes down what becomes of it. */
  void perform(Wire to, SharedObject object, List<Step> steps) {
    long invoked = world.now();
    if (steps.size() == 1) {
      to.send(
          Answer.words(object.keys(), steps.get(0)),
          reply -> record(object, steps, invoked, reply));
      return;
    }
    boolean reads = steps.stream().allMatch(step -> step.kind() == Step.Kind.GET);
    if (reads && random.nextBoolean()) {
      List<String> words = new ArrayList<>(List.of("MGET"));
      steps.forEach(step -> words.add(object.keys().get(step.key())));
      to.send(words, reply -> record(object, steps, invoked, reply));
      return;
    }
    to.send(List.of("MULTI"), reply -> {});
    for (Step step : steps) {
      to.send(Answer.words(object.keys(), step), reply -> {});
    }
    to.send(List.of("EXEC"), reply -> record(object, steps, invoked, reply));
  }

  private void record(SharedObject object, List<Step> steps, long invoked, @Nullable Reply reply) {
    Answer answer = Answer.of(reply, steps, world);
    if (answer.outcome() != Outcome.OK) {
      world.tell(
          () -> "asked at " + invoked / Rates.MILLI + " ms for " + object.keys() + ": " + reply);
    }
    stock.ended(answer.outcome());
    object.add(
        new Operation(number, steps, answer.texts(), invoked, world.now(), answer.outcome()));
  }

  private void askFleeting(Wire to) {
    FleetingKey key = stock.fleeting(random);
    if (stock.writerOf(key) == number && random.nextInt(3) == 0 && !stock.isBeingSet(key)) {
      long millis = world.between(20, 800);
      String value = number + "-" + values++;
      int setting = key.setting(value, millis * Rates.MILLI);
      stock.beingSet(key, true);
      to.send(
          List.of("SET", key.name, value, "PX", Long.toString(millis)),
          reply -> {
            Answer answer = Answer.of(reply, List.of(Step.set(0, value)), world);
            stock.ended(answer.outcome());
            key.set(setting, answer.outcome());
            stock.beingSet(key, false);
          });
      return;
    }
    long invoked = world.now();
    to.send(
        List.of("GET", key.name),
        reply -> {
          Answer answer = Answer.of(reply, List.of(Step.get(0)), world);
          stock.ended(answer.outcome());
          if (answer.outcome() == Outcome.OK) {
            key.read(invoked, answer.texts().get(0));
          }
        });
  }

  /** Reads everything once more through a connection that works. */
  static void readAll(Wire to, Stock stock, Client as) {
    for (SharedObject object : stock.allShared()) {
      List<Step> steps = new ArrayList<>();
      for (int key = 0; key < object.keys().size(); key++) {
        steps.add(Step.get(key));
      }
      as.perform(to, object, steps);
    }
  }
}
