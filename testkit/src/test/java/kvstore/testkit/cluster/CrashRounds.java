package kvstore.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Kills a node in the middle of a step, again and again. Who, when, and for how long is drawn from
 * a seed, which is printed; {@code -Dkvstore.crash.seed=N} draws the same again, {@code
 * -Dkvstore.crash.rounds=N} has more rounds than the few of a build. Since a few hundred
 * milliseconds of other processes cannot be drawn again, what happens may differ all the same.
 */
final class CrashRounds {

  /** After so many rounds a new cluster takes over: splits only ever add shards. */
  private static final int ROUNDS_PER_CLUSTER = 8;

  /** One more with odd seeds; without a seed told, the first is even. */
  private static final int LEAST_NODES = 4;

  private static final int SHARDS = 3;
  private static final int MOST_DELAY_MILLIS = 200;

  /** The second half is over sooner. */
  private static final int MOST_DELAY_MIDWAY_MILLIS = 60;

  /** Starting takes longer. */
  private static final int MOST_DELAY_AGAIN_MILLIS = 3_000;

  /** Which node is killed. */
  private enum Victim {
    DIRECTORY_LEADER,
    SHARD_LEADER,
    SOURCE,
    TARGET
  }

  /**
   * One step of the cluster, not begun yet.
   *
   * @param order that begins it
   * @param shard that it is about
   * @param source of what it moves
   * @param target of what it moves
   * @param copies whether it waits for the target until that has copied the shard
   * @param midway whether its second half has begun
   * @param ended what must be so when nothing is left to do, whether it was finished or undone
   */
  record Step(
      List<String> order,
      int shard,
      String source,
      String target,
      boolean copies,
      Predicate<JsonNode> midway,
      Predicate<JsonNode> ended) {

    boolean mayEndWithout(Node node) {
      return !copies || !node.id().equals(target);
    }
  }

  /** Draws a step that fits a settled cluster. */
  interface Steps {
    Step draw(JsonNode state, List<String> nodes, SplittableRandom random);
  }

  private final Path folder;
  private final Steps steps;
  private final Steps others;

  /**
   * @param steps during which nodes are killed
   * @param others of which one is sometimes under way at the same time, of another shard
   */
  CrashRounds(Path folder, Steps steps, Steps others) {
    this.folder = folder;
    this.steps = steps;
    this.others = others;
  }

  /**
   * @param usual rounds of a build
   */
  void run(int usual) throws Exception {
    int rounds = Integer.getInteger("kvstore.crash.rounds", usual);
    long first = Long.getLong("kvstore.crash.seed", System.nanoTime() % 500_000 * 2);
    for (int done = 0, each = 0; done < rounds; done += ROUNDS_PER_CLUSTER, each++) {
      long seed = first + each;
      int count = Math.min(ROUNDS_PER_CLUSTER, rounds - done);
      System.out.println("seed " + seed + ", repeat with -Dkvstore.crash.seed=" + seed);
      try {
        Path home = folder.resolve("seed-" + seed);
        run(home, LEAST_NODES + (int) (seed % 2), count, new SplittableRandom(seed));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private void run(Path home, int nodes, int rounds, SplittableRandom random) throws Exception {
    try (CrashScene scene = CrashScene.open(home, nodes, SHARDS)) {
      for (int round = 1; round <= rounds; round++) {
        System.out.println("round " + round + ": " + round(scene, random.split()));
      }
      System.out.println(
          "%d writes acknowledged, %d reads checked, refused: %s"
              .formatted(
                  scene.ledger().acknowledged(),
                  scene.ledger().reads(),
                  scene.ledger().refusals()));
    }
  }

  private String round(CrashScene scene, SplittableRandom random) throws Exception {
    JsonNode before = scene.awaitSettled();
    List<String> ids = scene.nodes().stream().map(Node::id).toList();
    Step step = steps.draw(before, ids, random);
    Chance chance = Chance.draw(random);
    Node victim = scene.node(victim(chance.victim(), step, before));
    StringBuilder told = new StringBuilder();

    scene.order(step.order().toArray(String[]::new));
    Step other = random.nextInt(3) == 0 ? other(step, before, ids, random) : null;
    if (other != null) {
      scene.order(other.order().toArray(String[]::new));
      told.append(", with ").append(String.join(" ", other.order()));
    }
    if (chance.evens()) {
      scene.order("SET", "balance", "true");
    }
    if (chance.midway()) {
      scene.awaitThat("the second half", () -> step.midway().test(scene.state()));
    }
    Thread.sleep(chance.delay()); // chance in time is what this test is about
    told.append(Admin.isSettled(scene.state()) ? " (it was over)" : "");
    long killed = System.nanoTime();
    victim.kill();
    if (chance.handsOver()) {
      scene.handOver(step.shard(), step.target());
    }
    boolean mayEnd = step.mayEndWithout(victim) && (other == null || other.mayEndWithout(victim));
    if (chance.late() && mayEnd && !chance.evens()) { // or evenness may want a replica there
      scene.awaitSettled();
      told.append("; settled without it");
    }
    victim.launch();
    if (chance.again() > 0) {
      Thread.sleep(chance.again());
      victim.kill();
      victim.launch();
    }
    victim.awaitData();
    JsonNode after = scene.awaitSettled();
    told.append("; settled after ").append((System.nanoTime() - killed) / 1_000_000).append(" ms");
    if (chance.evens()) {
      scene.order("SET", "balance", "false");
    } else if (!step.ended().test(after)) {
      throw scene.failure("expected " + step.order() + " finished or undone, but", null);
    }
    scene.verify();
    return "%s, leader of the directory %s; %s killed, %s%s"
        .formatted(
            String.join(" ", step.order()),
            before.path("directory").path("leader").asText(),
            victim.id(),
            chance,
            told);
  }

  private Step other(Step step, JsonNode state, List<String> nodes, SplittableRandom random) {
    Step other;
    do {
      other = others.draw(state, nodes, random);
    } while (other.shard() == step.shard());
    return other;
  }

  /**
   * What is drawn for each round.
   *
   * @param midway whether the node is killed in the second half of the step only
   * @param delay from there to the kill, in milliseconds
   * @param handsOver whether the shard's leadership is handed over just then
   * @param late whether the others are to end the step before the node returns
   * @param again how long after its return it is killed once more, in milliseconds; 0 for never
   * @param evens whether the balancer may even out in the meantime
   */
  private record Chance(
      Victim victim,
      boolean midway,
      int delay,
      boolean handsOver,
      boolean late,
      int again,
      boolean evens) {

    static Chance draw(SplittableRandom random) {
      boolean midway = random.nextBoolean();
      return new Chance(
          Victim.values()[random.nextInt(Victim.values().length)],
          midway,
          random.nextInt(1 + (midway ? MOST_DELAY_MIDWAY_MILLIS : MOST_DELAY_MILLIS)),
          random.nextInt(3) == 0,
          random.nextBoolean(),
          random.nextInt(4) == 0 ? 1 + random.nextInt(MOST_DELAY_AGAIN_MILLIS) : 0,
          random.nextInt(4) == 0);
    }
  }

  private static String victim(Victim who, Step step, JsonNode state) {
    return switch (who) {
      case DIRECTORY_LEADER -> state.path("directory").path("leader").asText();
      case SHARD_LEADER -> shard(state, step.shard()).path("leader").asText();
      case SOURCE -> step.source();
      case TARGET -> step.target();
    };
  }

  static JsonNode shard(JsonNode state, int number) {
    for (JsonNode shard : state.path("shards")) {
      if (shard.path("number").asInt() == number) {
        return shard;
      }
    }
    throw new AssertionError("expected a shard " + number + " in " + state);
  }

  static <T> T any(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }
}
