package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import kvstore.engine.keyspace.Keyspace;
import kvstore.server.shard.Shard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Splits hit by crashes between any two steps, by changes of leader, snapshots and restarts. What a
 * node's keyspaces have not flushed is lost when it crashes; the log, terms and votes are not.
 */
class SplitCrashTest {

  private static final List<String> STEPS =
      List.of(
          "seed",
          "seed written",
          "seed in place",
          "applied",
          "flushed",
          "born",
          "narrowed",
          "seeded",
          "planted",
          "done");

  @TempDir Path root;

  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Crash(String step) {
      super("crash before: " + step);
    }
  }

  /** Lets the node die when it comes to a step; tells when it has. */
  private static CountDownLatch dieAt(SplitNode node, String step) {
    CountDownLatch dead = new CountDownLatch(1);
    node.milestones =
        reached -> {
          if (dead.getCount() == 0) {
            throw new Crash(reached); // nothing happens on a dead node
          }
          if (reached.equals(step)) {
            node.die();
            dead.countDown();
            throw new Crash(reached);
          }
        };
    return dead;
  }

  private static void bringBack(SplitCluster cluster, SplitNode node) throws IOException {
    TreeSet<Integer> shards = new TreeSet<>(node.shards.keySet());
    node.crash();
    node.milestones = step -> {};
    cluster.restart(node, shards);
  }

  @Test
  void crashBeforeEachStepOnEachReplicaIsFinishedOrDoneAgain() throws Exception {
    for (String step : STEPS) {
      for (boolean leader : new boolean[] {true, false}) {
        crashAndReturn(root.resolve(step.replace(' ', '-') + leader), 3, step, leader);
      }
    }
  }

  /** It comes to the split with the parent's old log, having held the child in between. */
  @Test
  void aChildThatTheNodeHasLeftIsNotBornThereAgain() throws Exception {
    try (SplitCluster cluster = new SplitCluster(root, 3, Stores::forgetful)) {
      cluster.say("set", "k0", "v0");
      Shard parent = cluster.leader(1);
      SplitNode returned = another(cluster, parent);
      returned.left.add(2);
      parent.split(2, 8192);
      SplitCluster.eventually().until(() -> returned.shards.get(1).lastSlot() == 8191);
      SplitCluster.eventually().until(() -> !returned.expects(2));
      assertThat(returned.shards).containsOnlyKeys(1);
      assertThat(returned.shardFolder(2)).doesNotExist();
      cluster.say("set", "k0", "new");
    }
  }

  /** Whether the parent holds its slots could not be told, for the parent failed just then. */
  @Test
  void aChildThatWasOpenedBeforeItsBirthIsBornAllTheSame() throws Exception {
    try (SplitCluster cluster = new SplitCluster(root, 1, Stores::forgetful)) {
      cluster.say("set", "k0", "v0");
      cluster.say("set", "k1", "v1");
      Shard parent = cluster.leader(1);
      SplitNode node = cluster.nodeOf(parent);
      node.open(2, Set.of());
      parent.split(2, 8192);
      SplitCluster.eventually().until(() -> node.shards.get(1).lastSlot() == 8191);
      check(cluster, 2, Map.of("k0", "v0", "k1", "v1"));
      cluster.say("set", "k0", "new");
      cluster.say("set", "k1", "new");
    }
  }

  /** It came from its leader, and the split will leave nothing for it here. */
  @Test
  void aChildThatIsNotToBeBornOnTheNodeStaysOpen() throws Exception {
    try (SplitCluster cluster = new SplitCluster(root, 3, Stores::forgetful)) {
      cluster.say("set", "k0", "v0");
      Shard parent = cluster.leader(1);
      SplitNode node = another(cluster, parent);
      node.left.add(2);
      node.open(2, Set.of());
      Shard child = node.shards.get(2);
      parent.split(2, 8192);
      SplitCluster.eventually().until(() -> node.shards.get(1).lastSlot() == 8191);
      SplitCluster.eventually().until(() -> !node.expects(2));
      assertThat(node.shards.get(2)).isSameAs(child);
    }
  }

  /** Without others to get anything back from. */
  @Test
  void crashBeforeEachStepOfTheOnlyReplicaLosesNothing() throws Exception {
    for (String step : STEPS) {
      crashAndReturn(root.resolve(step.replace(' ', '-')), 1, step, true);
    }
  }

  private static void crashAndReturn(Path folder, int size, String step, boolean leader)
      throws Exception {
    try (SplitCluster cluster = new SplitCluster(folder, size, Stores::forgetful)) {
      Map<String, String> expected = new TreeMap<>();
      for (int i = 0; i < 50; i++) {
        cluster.say("set", "k" + i, "v" + i);
        expected.put("k" + i, "v" + i);
      }
      Shard parent = cluster.leader(1);
      SplitNode victim = leader ? cluster.nodeOf(parent) : another(cluster, parent);
      CountDownLatch dead = dieAt(victim, step);
      parent.split(2, 8192);
      assertThat(dead.await(20, TimeUnit.SECONDS)).as(step).isTrue();
      bringBack(cluster, victim);
      SplitCluster.eventually().until(() -> victim.shards.get(1).lastSlot() == 8191);
      for (SplitNode node : cluster.nodes.values()) {
        SplitCluster.eventually().until(() -> node.shards.containsKey(2) || opened(node));
      }
      cluster.say("set", "k0", "new");
      cluster.say("set", "k1", "new");
      expected.put("k0", "new");
      expected.put("k1", "new");
      check(cluster, 2, expected);
    }
  }

  private static SplitNode another(SplitCluster cluster, Shard than) {
    return cluster.nodes.values().stream()
        .filter(node -> node != cluster.nodeOf(than))
        .findAny()
        .orElseThrow();
  }

  /** As the cluster state would, once the leader has reported the split. */
  private static boolean opened(SplitNode node) throws IOException {
    if (!node.expects(2) && node.shards.get(1).lastSlot() == 8191) {
      node.open(2, Set.of());
    }
    return node.shards.containsKey(2);
  }

  private static void check(SplitCluster cluster, int shards, Map<String, String> expected) {
    Map<String, String> found = new TreeMap<>();
    for (int shard = 1; shard <= shards; shard++) {
      cluster
          .agreed(shard)
          .forEach((key, value) -> {
            assertThat(found.put(key, value.split(" ")[0])).as(key).isNull();
          });
    }
    assertThat(found).isEqualTo(expected);
  }

  /**
   * The parent's log is gone beyond the split: a snapshot tells of it, the child's leader brings
   * it.
   */
  @Test
  void followerThatSkipsTheSplitBySnapshotGetsTheChildFromItsLeader() throws Exception {
    try (SplitCluster cluster = new SplitCluster(root, 3, Stores::forgetful)) {
      Map<String, String> expected = new TreeMap<>();
      for (int i = 0; i < 50; i++) {
        cluster.say("set", "k" + i, "v" + i);
        expected.put("k" + i, "v" + i);
      }
      Shard parent = cluster.leader(1);
      SplitNode late = another(cluster, parent);
      late.crash();
      cluster.leader(1).split(2, 8192).toCompletableFuture().get(20, TimeUnit.SECONDS);
      cluster.leader(2);
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 50; i++) {
          cluster.say("set", "k" + i, "w" + round);
          expected.put("k" + i, "w" + round);
        }
        for (SplitNode node : cluster.nodes.values()) {
          for (Shard shard : node.shards.values()) {
            long before = shard.log().progress().snapshotIndex();
            long applied = shard.log().progress().appliedIndex();
            shard.log().requestSnapshot();
            SplitCluster.eventually()
                .until(() ->
                    shard.log().progress().snapshotIndex() > before
                        || shard.log().progress().snapshotIndex() >= applied);
          }
        }
      }
      long splitAt = indexOfSplit(cluster.leader(1));
      SplitCluster.eventually()
          .until(() -> cluster.leader(1).log().progress().firstIndex() > splitAt);
      cluster.restart(late, new TreeSet<>(List.of(1)));
      SplitCluster.eventually().until(() -> late.shards.get(1).lastSlot() == 8191);
      assertThat(late.expects(2)).isFalse();
      late.open(2, java.util.Set.of());
      check(cluster, 2, expected);
    }
  }

  private static long indexOfSplit(Shard parent) throws IOException {
    Keyspace keyspace = parent.keyspace();
    return kvstore.server.shard.Birth.decode(keyspace.births().get(2)).index();
  }

  /** Others by {@code -Dsplit.seeds=7,8,9}. */
  static LongStream seeds() {
    return Arrays.stream(System.getProperty("split.seeds", "1,2,3,4").split(","))
        .mapToLong(Long::parseLong);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void splitsCrashesSnapshotsAndLeadersInAnyOrderLoseNothing(long seed) throws Exception {
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (SplitCluster cluster = new SplitCluster(root, 3, Stores::forgetful)) {
      AtomicBoolean done = new AtomicBoolean();
      ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
      List<SplitTest.Counter> counters = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        counters.add(new SplitTest.Counter(cluster, i, done, wrong));
      }
      counters.forEach(Thread::start);
      List<Integer> shards = new ArrayList<>(List.of(1));
      List<SplitNode> nodes = List.copyOf(cluster.nodes.values());
      for (int round = 0; round < 4; round++) {
        SplitNode victim = nodes.get(random.nextInt(nodes.size()));
        String step = STEPS.get(random.nextInt(STEPS.size()));
        CountDownLatch dead = dieAt(victim, step);
        int parent = shards.get(random.nextInt(shards.size()));
        int child = shards.size() + 1;
        disturb(cluster, random, parent);
        Thread disturbing = new Thread(() -> disturb(cluster, random.split(), parent));
        split(cluster, parent, child, disturbing);
        shards.add(child);
        // The victim comes to the step sooner or later, unless the step was passed already.
        boolean died = dead.await(random.nextInt(500), TimeUnit.MILLISECONDS);
        System.out.printf(
            "seed %d round %d: %d into %d, %s %s before '%s'%n",
            seed, round, parent, child, victim.id, died ? "died" : "lived", step);
        bringBack(cluster, victim);
        openAll(cluster, shards);
        disturbing.join();
      }
      done.set(true);
      for (SplitTest.Counter counter : counters) {
        counter.join();
      }
      assertThat(wrong).isEmpty();
      Map<String, String> content = new TreeMap<>();
      for (int shard : shards) {
        cluster
            .agreed(shard)
            .forEach((key, value) -> assertThat(content.put(key, value)).as(key).isNull());
      }
      counters.forEach(counter -> counter.check(content));
    }
  }

  /** Asks until the split is seen to have taken effect. */
  private static void split(SplitCluster cluster, int parent, int child, Thread meanwhile)
      throws InterruptedException {
    AtomicReference<Thread> waiting = new AtomicReference<>(meanwhile);
    SplitCluster.eventually()
        .ignoreExceptions()
        .until(() -> {
          Shard leader = cluster.leader(parent);
          if (leader.keyspace().births().containsKey(child)) {
            return true;
          }
          int middle = (leader.firstSlot() + leader.lastSlot() + 1) / 2;
          var end = leader.split(child, middle).toCompletableFuture();
          Thread first = waiting.getAndSet(null);
          if (first != null) {
            first.start();
          }
          try {
            end.get(2, TimeUnit.SECONDS);
          } catch (ExecutionException | TimeoutException e) {
            return false;
          }
          return true;
        });
  }

  /**
   * What the directory and its nodes do: open the child where it is wanted, unless it is coming.
   */
  private static void openAll(SplitCluster cluster, List<Integer> shards) {
    SplitCluster.eventually()
        .ignoreExceptions()
        .until(() -> {
          boolean all = true;
          for (SplitNode node : cluster.nodes.values()) {
            for (int shard : shards) {
              all &= node.openUnlessItIsToBeBorn(shard, cluster);
            }
          }
          return all;
        });
  }

  private static void disturb(SplitCluster cluster, SplittableRandom random, int shard) {
    List<SplitNode> nodes = List.copyOf(cluster.nodes.values());
    SplitNode node = nodes.get(random.nextInt(nodes.size()));
    Shard replica = node.shards.get(shard);
    if (replica == null) {
      return;
    }
    try {
      switch (random.nextInt(3)) {
        case 0 -> replica.log().requestSnapshot();
        case 1 -> {
          Keyspace keyspace = replica.keyspace();
          if (keyspace != null) {
            keyspace.flush();
          }
        }
        default -> replica.log().membership().transferLeadership(nodes.get(random.nextInt(3)).id);
      }
    } catch (IOException | RuntimeException e) {
      // the node is going down
    }
  }
}
