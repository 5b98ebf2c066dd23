package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.storage.ReadTier;
import kvstore.protocol.Slots;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardCommand;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Nodes in one process whose first shard, number 1, holds everything, and splits. */
final class SplitCluster implements AutoCloseable {

  private static final AtomicLong RUN = new AtomicLong();

  final Map<NodeId, SplitNode> nodes = new TreeMap<>();

  SplitCluster(Path root, int size, Supplier<Stores> stores) throws IOException {
    String name = "c" + ProcessHandle.current().pid() + "-" + RUN.incrementAndGet();
    for (int i = 1; i <= size; i++) {
      SplitNode node = new SplitNode(name, "n" + i, root, stores.get());
      nodes.put(node.id, node);
      node.listen();
    }
    for (SplitNode node : nodes.values()) {
      introduce(node);
      node.start();
      node.open(1, voters());
    }
  }

  Set<NodeId> voters() {
    return new TreeSet<>(nodes.keySet());
  }

  private void introduce(SplitNode node) {
    for (SplitNode other : nodes.values()) {
      if (other != node) {
        node.knows(other);
      }
    }
  }

  /** Starts a node again with the shards whose folders it has, and those named. */
  void restart(SplitNode node, Set<Integer> numbers) throws IOException {
    node.listen();
    introduce(node);
    node.start();
    for (int number : new TreeSet<>(numbers)) {
      node.open(number, number == 1 ? voters() : Set.of());
    }
  }

  static ConditionFactory eventually() {
    return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5));
  }

  Shard leader(int number) {
    List<Shard> found = new ArrayList<>();
    eventually()
        .until(() -> {
          found.clear();
          for (SplitNode node : nodes.values()) {
            Shard shard = node.shards.get(number);
            if (shard != null && shard.leadership().isLeader()) {
              found.add(shard);
            }
          }
          return !found.isEmpty();
        });
    return found.get(0);
  }

  SplitNode nodeOf(Shard shard) {
    return nodes.values().stream()
        .filter(node -> node.shards.containsValue(shard))
        .findAny()
        .orElseThrow();
  }

  static Command command(String... words) {
    byte[][] arguments = new byte[words.length - 1][];
    for (int i = 1; i < words.length; i++) {
      arguments[i - 1] = words[i].getBytes(StandardCharsets.UTF_8);
    }
    Operation operation = Operation.byName(words[0]);
    if (operation == null) {
      throw new IllegalArgumentException(words[0]);
    }
    return new Command(operation, arguments);
  }

  /** What a command may come to besides an outcome. */
  enum End {
    ELSEWHERE,
    NOT_APPLIED,
    UNKNOWN
  }

  /** One attempt at one replica: an {@link Outcome}, or an {@link End}. */
  static CompletableFuture<Object> attempt(Shard shard, Command command) {
    CompletableFuture<Object> end = new CompletableFuture<>();
    Leadership leadership = shard.leadership();
    shard.submit(
        new ShardCommand(
            command,
            ReadMode.LINEARIZABLE,
            false,
            System.nanoTime() + TimeUnit.SECONDS.toNanos(5),
            new ShardCommand.Completion() {
              @Override
              public void done(Outcome outcome) {
                end.complete(outcome);
              }

              @Override
              public void failed(Unavailable reason) {
                end.complete(reason == Unavailable.OUTCOME_UNKNOWN ? End.UNKNOWN : End.NOT_APPLIED);
              }

              @Override
              public void notLeading() {
                end.complete(End.NOT_APPLIED);
              }

              @Override
              public void unanswered() {
                end.complete(End.NOT_APPLIED);
              }

              @Override
              public void elsewhere() {
                end.complete(End.ELSEWHERE);
              }
            }),
        leadership.term());
    return end;
  }

  /** Sends a command to whoever leads its slot until it is done, or its end is not known. */
  Object run(int slot, Command command) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < deadline) {
      for (SplitNode node : nodes.values()) {
        for (Shard shard : node.shards.values()) {
          if (shard.leadership().isLeader()
              && shard.firstSlot() <= slot
              && shard.lastSlot() >= slot) {
            Object end = await(attempt(shard, command));
            if (end instanceof Outcome || end == End.UNKNOWN) {
              return end;
            }
          }
        }
      }
      TimeUnit.MILLISECONDS.sleep(1); // between attempts, as a router does
    }
    throw new AssertionError("nobody took " + command.operation() + " of slot " + slot);
  }

  private static Object await(CompletableFuture<Object> end) throws InterruptedException {
    try {
      return end.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("a command without an end", e);
    }
  }

  String say(String... words) throws InterruptedException {
    int slot = Slots.slotOf(words[1].getBytes(StandardCharsets.UTF_8));
    Object end = run(slot, command(words));
    return end instanceof Outcome outcome ? text(outcome) : end.toString();
  }

  static String text(Outcome outcome) {
    if (outcome instanceof Outcome.Bytes bytes) {
      return new String(bytes.value(), StandardCharsets.UTF_8);
    } else if (outcome instanceof Outcome.Int number) {
      return Long.toString(number.value());
    } else if (outcome instanceof Outcome.Many many) {
      return many.items().stream().map(SplitCluster::text).toList().toString();
    }
    return outcome.toString();
  }

  /** All keys of a replica with values and versions, as of what it has applied. */
  static Map<String, String> content(Keyspace keyspace) throws IOException {
    Map<String, String> content = new TreeMap<>();
    Outcome keys = keyspace.read(command("keys", "*"), 0, ReadTier.DISK);
    for (Outcome key : ((Outcome.Many) keys).items()) {
      String name = text(key);
      content.put(
          name,
          text(keyspace.read(command("get", name), 0, ReadTier.DISK))
              + " "
              + text(keyspace.read(command("watch-versions", name), 0, ReadTier.DISK)));
    }
    return content;
  }

  /** Waits until all replicas of a shard hold the same, exactly counted; returns it. */
  Map<String, String> agreed(int number) {
    List<Map<String, String>> seen = new ArrayList<>();
    eventually()
        .ignoreExceptions()
        .untilAsserted(() -> {
          seen.clear();
          Set<String> states = new TreeSet<>();
          for (SplitNode node : nodes.values()) {
            Keyspace keyspace = node.shards.get(number).keyspace();
            assertThat(keyspace.counted()).isTrue();
            Map<String, String> content = content(keyspace);
            seen.add(content);
            states.add(keyspace.appliedIndex() + " " + keyspace.keyCount() + keyspace.range());
            assertThat(keyspace.keyCount()).isEqualTo(content.size());
          }
          assertThat(states).hasSize(1);
          assertThat(seen).allMatch(seen.get(0)::equals);
        });
    return seen.get(0);
  }

  @Override
  public void close() {
    nodes.values().stream().filter(SplitNode::isRunning).forEach(SplitNode::stop);
  }
}
