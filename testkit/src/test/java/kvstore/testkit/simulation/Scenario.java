package kvstore.testkit.simulation;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import kvstore.replication.NodeId;

/** What kind of harm a run sees. */
enum Scenario {

  /** Anything at any time. */
  RANDOM(Adversary::random),

  /** One node after the other is stopped and started again, and then the leader is lost. */
  ROLLING_RESTARTS(adversary -> roll(adversary, 0)),

  /** The leader stands still, often in the middle of a read, and is replaced meanwhile. */
  STALLED_LEADER(Scenario::stallLeader),

  /** Disks fail to sync now and then, and soon after all nodes lose power. */
  FAILED_SYNCS(Scenario::powerCuts),

  /** What an old leader said arrives when there is a new one. */
  LATE_REPLIES(Scenario::lateReplies),

  /** Shards are split, moved and handed over all the time, and their leaders crash. */
  MOVING_SHARDS(Scenario::movingShards),

  /** A node is away for long, and its source of snapshots takes new ones and crashes. */
  MOVING_SNAPSHOTS(Scenario::movingSnapshots),

  /** Who has applied a split is lost for long, while the others have only heard of the child. */
  LOST_PARENTS(Scenario::lostParents),

  /** A replica leaves, and comes back while a member of before does who has missed all of it. */
  COMING_BACK(Scenario::comingBack);

  private final Consumer<Adversary> harm;

  Scenario(Consumer<Adversary> harm) {
    this.harm = harm;
  }

  /** Half of all seeds see random harm. */
  static Scenario of(SplittableRandom random) {
    return random.nextBoolean() ? RANDOM : values()[random.nextInt(1, values().length)];
  }

  void start(Adversary adversary) {
    harm.accept(adversary);
  }

  private static void roll(Adversary adversary, int place) {
    World world = adversary.world();
    adversary.later(
        world.between(50, 600) * Rates.MILLI,
        () -> {
          if (place < adversary.nodes().size()) {
            adversary.stop(adversary.nodes().get(place), world.between(10, 300));
            roll(adversary, place + 1);
          } else {
            adversary.crash(adversary.leaderOr(adversary.any()), world.between(500, 2_000));
            roll(adversary, 0);
          }
        });
  }

  private static void stallLeader(Adversary adversary) {
    World world = adversary.world();
    adversary.later(
        world.between(50, 500) * Rates.MILLI,
        () -> {
          SimulatedNode node = adversary.leaderOr(adversary.any());
          Life life = node.life();
          if (life != null) {
            life.stallInNextStep(world.between(400, 1_500) * Rates.MILLI);
          }
          stallLeader(adversary);
        });
  }

  private static void powerCuts(Adversary adversary) {
    World world = adversary.world();
    adversary.later(
        world.between(100, 900) * Rates.MILLI,
        () -> {
          for (SimulatedNode node : adversary.nodes()) {
            if (world.chance(0.8)) {
              adversary.crash(node, world.between(1, 200));
            }
          }
          powerCuts(adversary);
        });
  }

  private static void lateReplies(Adversary adversary) {
    World world = adversary.world();
    world.rates.late = 0.2;
    adversary.later(
        world.between(50, 800) * Rates.MILLI,
        () -> {
          NodeId old = adversary.leaderOr(adversary.any()).id;
          adversary.isolate(old, world.between(400, 1_900));
          lateReplies(adversary);
        });
  }

  private static void movingShards(Adversary adversary) {
    World world = adversary.world();
    adversary.later(
        world.between(20, 600) * Rates.MILLI,
        () -> {
          adversary.order();
          if (world.chance(0.15)) {
            adversary.crash(adversary.leaderOr(adversary.any()), world.between(1, 800));
          }
          movingShards(adversary);
        });
  }

  private static void lostParents(Adversary adversary) {
    World world = adversary.world();
    adversary.later(world.between(200, 1_500) * Rates.MILLI, new SplitLoss(adversary)::begin);
  }

  private static void comingBack(Adversary adversary) {
    World world = adversary.world();
    adversary.later(world.between(200, 1_000) * Rates.MILLI, new ComingBack(adversary)::begin);
  }

  private static void movingSnapshots(Adversary adversary) {
    World world = adversary.world();
    adversary.later(
        world.between(50, 400) * Rates.MILLI,
        () -> {
          SimulatedNode away = adversary.any();
          if (world.chance(0.5)) {
            adversary.crash(away, world.between(500, 2_500));
          } else {
            adversary.isolate(away.id, world.between(500, 2_500));
          }
          adversary.later(
              world.between(500, 2_600) * Rates.MILLI,
              () -> {
                for (SimulatedNode node : adversary.nodes()) {
                  Life life = node.life();
                  if (life != null) {
                    node.open().forEach(log -> world.after(0, life, log::requestSnapshot));
                  }
                }
                if (world.chance(0.2)) {
                  adversary.crash(adversary.leaderOr(adversary.any()), world.between(1, 800));
                }
              });
          movingSnapshots(adversary);
        });
  }
}
