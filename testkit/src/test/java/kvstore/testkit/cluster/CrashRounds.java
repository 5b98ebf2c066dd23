package kvstore.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
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

  private static final int NODES = 4;
  private static final int SHARDS = 3;
  private static final int MOST_DELAY_MILLIS = 200;

  /** The second half is over sooner. */
  private static final int MOST_DELAY_MIDWAY_MILLIS = 60;

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
   * @param mayEndWithout whether it can end while the target is down
   * @param midway whether its second half has begun
   * @param ended what must be so when nothing is left to do, whether it was finished or undone
   */
  record Step(
      List<String> order,
      int shard,
      String source,
      String target,
      boolean mayEndWithout,
      Predicate<JsonNode> midway,
      Predicate<JsonNode> ended) {}

  /** Draws a step that fits a settled cluster. */
  interface Steps {
    Step draw(JsonNode state, List<String> nodes, SplittableRandom random);
  }

  private final Path folder;
  private final Steps steps;

  CrashRounds(Path folder, Steps steps) {
    this.folder = folder;
    this.steps = steps;
  }

  /**
   * @param usual rounds of a build
   */
  void run(int usual) throws Exception {
    int rounds = Integer.getInteger("kvstore.crash.rounds", usual);
    long first = Long.getLong("kvstore.crash.seed", System.nanoTime() % 1_000_000);
    for (int done = 0, each = 0; done < rounds; done += ROUNDS_PER_CLUSTER, each++) {
      long seed = first + each;
      int count = Math.min(ROUNDS_PER_CLUSTER, rounds - done);
      System.out.println("seed " + seed + ", repeat with -Dkvstore.crash.seed=" + seed);
      try {
        run(folder.resolve("seed-" + seed), count, new SplittableRandom(seed));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private void run(Path home, int rounds, SplittableRandom random) throws Exception {
    try (CrashScene scene = CrashScene.open(home, NODES, SHARDS)) {
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
    Victim who = Victim.values()[random.nextInt(Victim.values().length)];
    Node victim = scene.node(victim(who, step, before));
    boolean waits = random.nextBoolean();
    boolean midway = random.nextBoolean();
    int delay = random.nextInt(1 + (midway ? MOST_DELAY_MIDWAY_MILLIS : MOST_DELAY_MILLIS));
    boolean handsOver = random.nextInt(3) == 0;

    scene.order(step.order().toArray(String[]::new));
    if (midway) {
      scene.awaitThat("the second half", () -> step.midway().test(scene.state()));
    }
    Thread.sleep(delay); // chance in time is what this test is about
    boolean underWay = !Admin.isSettled(scene.state());
    long killed = System.nanoTime();
    victim.kill();
    if (handsOver) {
      scene.handOver(step.shard(), step.target());
    }
    boolean late = waits && (step.mayEndWithout() || !victim.id().equals(step.target()));
    if (late) {
      scene.awaitSettled();
    }
    victim.launch();
    victim.awaitData();
    JsonNode after = scene.awaitSettled();
    Duration took = Duration.ofNanos(System.nanoTime() - killed);
    if (!step.ended().test(after)) {
      throw scene.failure("expected " + step.order() + " finished or undone, but", null);
    }
    scene.verify();
    return "%s, leader of the directory %s; %s, the %s, killed %d ms after %s%s%s; %s settled after %d ms"
        .formatted(
            String.join(" ", step.order()),
            before.path("directory").path("leader").asText(),
            victim.id(),
            who,
            delay,
            midway ? "its second half" : "the order",
            underWay ? "" : " (it was over)",
            handsOver ? ", leadership handed over" : "",
            late ? "without it, then" : "restarted at once,",
            took.toMillis());
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
