package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.replication.Leadership;
import kvstore.replication.Proposal;
import kvstore.replication.ReplicatedLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One writer of growing numbers, readers at every node, and a network that is cut at random;
 * leaders hand over and nodes restart. {@code -Draft.faults.seconds} and {@code -Draft.faults.seed}
 * change the run.
 */
class RandomFaultsTest {

  private static final long SECONDS = Long.getLong("raft.faults.seconds", 8);
  private static final long SEED = Long.getLong("raft.faults.seed", System.nanoTime());

  @TempDir Path dir;

  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong leaseReads = new AtomicLong();
  private final AtomicLong barrierReads = new AtomicLong();
  private final List<Long> all = new ArrayList<>();
  private final ConcurrentLinkedQueue<String> stale = new ConcurrentLinkedQueue<>();
  private volatile boolean done;

  @Test
  void nothingAcknowledgedIsLostAndNoReadIsStale() throws Exception {
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      cluster.awaitLeader();
      List<Thread> threads = new ArrayList<>();
      threads.add(new Thread(() -> write(cluster), "writer"));
      for (TestCluster.Node node : cluster.nodes.values()) {
        threads.add(new Thread(() -> read(node), "reader-" + node.id));
      }
      threads.forEach(Thread::start);
      disturb(cluster, new Random(SEED));
      done = true;
      for (Thread thread : threads) {
        thread.join();
      }
      cluster.heal();
      cluster.write("end");
      TestCluster.eventually()
          .until(() ->
              cluster.nodes.values().stream().allMatch(n -> n.machine().last().equals("end")));
      List<String> entries = cluster.awaitLeader().machine().entries();
      for (TestCluster.Node node : cluster.nodes.values()) {
        assertThat(node.machine().entries()).as("seed " + SEED).isEqualTo(entries);
      }
      assertThat(stale).as("seed " + SEED).isEmpty();
      assertThat(new HashSet<>(entries))
          .as("seed " + SEED)
          .hasSameSizeAs(entries)
          .containsAll(all.stream().map(String::valueOf).toList());
      assertThat(all).as("acknowledged").hasSizeGreaterThan(20);
      assertThat(leaseReads.get()).as("reads by lease").isGreaterThan(20);
      assertThat(barrierReads.get()).as("reads by barrier").isGreaterThan(20);
    }
  }

  private void disturb(TestCluster cluster, Random random) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
    List<TestCluster.Node> nodes = List.copyOf(cluster.nodes.values());
    while (System.nanoTime() < end) {
      TestCluster.Node one = nodes.get(random.nextInt(3));
      TestCluster.Node two = nodes.get(random.nextInt(3));
      switch (random.nextInt(6)) {
        case 0 -> cluster.isolate(one);
        case 1 -> cluster.cuts.add(one.id + ">" + two.id);
        case 2 -> {
          cluster.cuts.add(one.id + ">" + two.id);
          cluster.cuts.add(two.id + ">" + one.id);
        }
        case 3 -> {
          if (one.log().leadership().isLeader()) {
            var unused = one.log().membership().transferLeadership(two.id);
          }
        }
        case 4 -> {
          one.stop();
          one.restart();
        }
        default -> cluster.heal();
      }
      TimeUnit.MILLISECONDS.sleep(random.nextInt(400));
      if (random.nextInt(3) == 0) {
        cluster.heal();
      }
    }
  }

  private void write(TestCluster cluster) {
    for (long number = 1; !done; number++) {
      for (TestCluster.Node node : cluster.nodes.values()) {
        ReplicatedLog log = node.log();
        Leadership leadership = log.leadership();
        if (leadership.isLeader()) {
          try {
            CompletableFuture<Proposal.Failure> outcome =
                cluster.propose(node, leadership.term(), String.valueOf(number));
            if (outcome.get(2, TimeUnit.SECONDS) == null) {
              acknowledged.set(number);
              all.add(number);
              break;
            }
          } catch (TimeoutException e) {
            // Not known; the number is not used again.
          } catch (Exception e) {
            stale.add("proposal: " + e);
          }
          number++;
        }
      }
    }
  }

  private void read(TestCluster.Node node) {
    for (int i = 0; !done; i++) {
      ReplicatedLog log = node.log();
      DurableListMachine machine = node.machine();
      Leadership leadership = log.leadership();
      if (!leadership.isLeader()) {
        Thread.yield();
        continue;
      }
      long before = acknowledged.get();
      String value = machine.last();
      if (i % 50 == 0) {
        if (barrier(log, leadership.term())) {
          barrierReads.incrementAndGet();
          check(node, "barrier", leadership, before, value);
        }
      } else if (log.leaseHolds(leadership.term())) {
        leaseReads.incrementAndGet();
        check(node, "lease", leadership, before, value);
      }
    }
  }

  private void check(
      TestCluster.Node node, String how, Leadership leadership, long before, String value) {
    long read = value.isEmpty() ? 0 : Long.parseLong(value);
    if (read < before) {
      stale.add(node.id + " read " + read + " after " + before + " by " + how + " " + leadership);
    }
  }

  private static boolean barrier(ReplicatedLog log, long term) {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    log.readBarrier(
        term,
        new ReplicatedLog.Barrier() {
          @Override
          public void reached() {
            result.complete(true);
          }

          @Override
          public void failed() {
            result.complete(false);
          }
        });
    try {
      return result.get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("the barrier never ended", e);
    }
  }
}
