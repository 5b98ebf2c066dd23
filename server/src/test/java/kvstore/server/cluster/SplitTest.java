package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import kvstore.engine.command.Outcome;
import kvstore.protocol.Slots;
import kvstore.server.shard.Shard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Splits of a shard with three replicas over Raft and RocksDB. */
class SplitTest {

  private static final int KEYS = Integer.getInteger("split.keys", 2_000);
  private static final String VALUE = "v".repeat(Integer.getInteger("split.bytes", 1_000));

  @TempDir Path root;

  /** Counts up its own keys one after another and checks what it is told. */
  static final class Counter extends Thread {
    final Map<String, Long> acknowledged = new TreeMap<>();
    final Map<String, Long> unknown = new TreeMap<>();
    private final SplitCluster cluster;
    private final AtomicBoolean done;
    private final int number;
    private final ConcurrentLinkedQueue<Throwable> wrong;
    long longestNanos;

    Counter(
        SplitCluster cluster,
        int number,
        AtomicBoolean done,
        ConcurrentLinkedQueue<Throwable> wrong) {
      this.cluster = cluster;
      this.number = number;
      this.done = done;
      this.wrong = wrong;
    }

    @Override
    public void run() {
      try {
        for (int i = 0; !done.get(); i++) {
          count("w" + number + "-" + i % 20);
        }
      } catch (InterruptedException | RuntimeException | AssertionError e) {
        wrong.add(e);
      }
    }

    private void count(String key) throws InterruptedException {
      int slot = Slots.slotOf(key.getBytes(StandardCharsets.UTF_8));
      long start = System.nanoTime();
      Object end = cluster.run(slot, SplitCluster.command("incr", key));
      longestNanos = Math.max(longestNanos, System.nanoTime() - start);
      long before = acknowledged.getOrDefault(key, 0L);
      long perhaps = unknown.getOrDefault(key, 0L);
      if (end instanceof Outcome.Int number) {
        assertThat(number.value()).as(key).isBetween(before + 1, before + 1 + perhaps);
        acknowledged.put(key, number.value());
        unknown.put(key, 0L);
      } else {
        unknown.put(key, perhaps + 1);
      }
      Object read = cluster.run(slot, SplitCluster.command("get", key));
      if (read instanceof Outcome.Bytes bytes) {
        long value = Long.parseLong(new String(bytes.value(), StandardCharsets.UTF_8));
        assertThat(value)
            .as("read of " + key)
            .isBetween(
                acknowledged.getOrDefault(key, 0L),
                acknowledged.getOrDefault(key, 0L) + unknown.getOrDefault(key, 0L));
      }
    }

    void check(Map<String, String> content) {
      acknowledged.forEach((key, value) -> {
        long found = Long.parseLong(content.get(key).split(" ")[0]);
        assertThat(found).as(key).isBetween(value, value + unknown.getOrDefault(key, 0L));
      });
    }
  }

  @Test
  void splitsUnderLoadLoseAndDoubleNothing() throws Exception {
    try (SplitCluster cluster = new SplitCluster(root, 3, Stores::onDisk)) {
      fill(cluster);
      AtomicBoolean done = new AtomicBoolean();
      ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
      List<Counter> counters = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        counters.add(new Counter(cluster, i, done, wrong));
      }
      counters.forEach(Thread::start);
      int[][] splits = {{1, 2, 8192}, {1, 3, 4096}, {2, 4, 12288}};
      for (int[] split : splits) {
        SplitCluster.eventually().until(() -> counters.stream().allMatch(c -> progressed(c)));
        Shard parent = cluster.leader(split[0]);
        long start = System.nanoTime();
        parent.split(split[1], split[2]).toCompletableFuture().get(20, TimeUnit.SECONDS);
        long applied = System.nanoTime();
        Shard child = cluster.leader(split[1]);
        System.out.printf(
            "split of %d into %d: applied after %d ms, child led after %d ms%n",
            split[0],
            split[1],
            TimeUnit.NANOSECONDS.toMillis(applied - start),
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        assertThat(child.firstSlot()).isEqualTo(split[2]);
        assertThat(parent.lastSlot()).isEqualTo(split[2] - 1);
      }
      SplitCluster.eventually().until(() -> counters.stream().allMatch(c -> progressed(c)));
      done.set(true);
      for (Counter counter : counters) {
        counter.join();
      }
      assertThat(wrong).isEmpty();
      Map<String, String> content = new TreeMap<>();
      for (int shard = 1; shard <= 4; shard++) {
        for (Map.Entry<String, String> key : cluster.agreed(shard).entrySet()) {
          assertThat(content.put(key.getKey(), key.getValue())).as(key.getKey()).isNull();
        }
      }
      assertThat(content).hasSize(KEYS + 4 * 20);
      for (Counter counter : counters) {
        counter.check(content);
        System.out.printf(
            "longest command %d ms%n", TimeUnit.NANOSECONDS.toMillis(counter.longestNanos));
      }
    }
  }

  private static void fill(SplitCluster cluster) throws Exception {
    Map<Integer, CompletableFuture<Object>> ends = new TreeMap<>();
    for (int i = 0; i < KEYS; i++) {
      ends.put(
          i, SplitCluster.attempt(cluster.leader(1), SplitCluster.command("set", "k" + i, VALUE)));
      if (ends.size() == 1_000 || i == KEYS - 1) {
        for (Map.Entry<Integer, CompletableFuture<Object>> end : ends.entrySet()) {
          if (!(end.getValue().get(20, TimeUnit.SECONDS) instanceof Outcome)) {
            cluster.say("set", "k" + end.getKey(), VALUE); // a change of leader came between
          }
        }
        ends.clear();
      }
    }
  }

  private static boolean progressed(Counter counter) {
    return counter.acknowledged.size() == 20 || !counter.isAlive();
  }
}
