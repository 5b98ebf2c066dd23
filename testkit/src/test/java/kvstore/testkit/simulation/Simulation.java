package kvstore.testkit.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import kvstore.server.net.SimulatedDoor;
import kvstore.tools.verify.history.Checker;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Verdict;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** One run of a seed: three nodes, some clients, harm for a while, and then the verdict. */
public final class Simulation {

  private static final int NODES = 3;
  private static final int CLIENTS = 5;
  private static final int LAST_SLOT = 16_383;
  private static final long HARM = 8 * Rates.SECOND;

  /** Once nothing is broken any more, all must be well within this time. */
  private static final long RECOVERY = 30 * Rates.SECOND;

  /**
   * What came of a run.
   *
   * @param violation null if all was well
   * @param trace the same whenever the seed is run
   */
  public record Result(
      long seed,
      String scenario,
      @Nullable String violation,
      long steps,
      int answered,
      int unknown,
      int refused,
      long trace) {}

  private final World world;
  private final Scenario scenario;
  private final SimulatedNetwork network;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final Stock stock;
  private final Adversary adversary;
  private final Path folder;
  private int folders;

  private Simulation(long seed, @Nullable Scenario chosen, Mutant mutant, Path folder) {
    this.folder = folder;
    this.world = new World(seed);
    this.scenario = chosen == null ? Scenario.of(world.random) : chosen;
    this.network = new SimulatedNetwork(world);
    List<NodeId> ids = new ArrayList<>();
    for (int i = 1; i <= NODES; i++) {
      ids.add(new NodeId("n" + i));
    }
    Invariants invariants = new Invariants(world, this::journal);
    SimulatedNode.Cluster cluster =
        new SimulatedNode.Cluster(
            world,
            network,
            invariants,
            state(ids),
            Members.of(ids, List.of()),
            this::post,
            this::newFolder,
            mutant);
    for (NodeId id : ids) {
      nodes.add(new SimulatedNode(id, cluster));
    }
    this.stock = new Stock(world, CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Client(i, world, nodes, stock));
    }
    this.adversary = new Adversary(world, network, nodes, scenario);
  }

  /** Runs a seed; what it finds is in the result. */
  public static Result run(long seed) {
    return run(seed, null, Mutant.NONE);
  }

  static Result run(long seed, @Nullable Scenario scenario, Mutant mutant) {
    Path folder;
    try {
      folder = Files.createTempDirectory("simulation");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Logger log = (Logger) LoggerFactory.getLogger("kvstore");
    Level before = log.getLevel();
    log.setLevel(World.TELL ? before : Level.OFF); // of all that is broken on purpose
    try {
      return new Simulation(seed, scenario, mutant, folder).run();
    } finally {
      log.setLevel(before);
      try {
        Folders.delete(folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static ClusterState state(List<NodeId> ids) {
    List<NodeEntry> entries = new ArrayList<>();
    List<ReplicaEntry> replicas = new ArrayList<>();
    for (NodeId id : ids) {
      entries.add(new NodeEntry(id, "127.0.0.1", 0, 0, 0, "", NodeEntry.Status.ACTIVE, "", 0));
      replicas.add(new ReplicaEntry(id, ReplicaEntry.Role.VOTER));
    }
    ShardEntry shard = new ShardEntry(SimulatedNode.SHARD, 0, LAST_SLOT, replicas, null);
    return new ClusterState(0, "simulated", Settings.DEFAULT, entries, List.of(shard), 2);
  }

  private Path newFolder() {
    return folder.resolve(Integer.toString(folders++));
  }

  private @Nullable Journal journal(String group, NodeId node) {
    return node(node).disk.journal(group);
  }

  private SimulatedNode node(NodeId id) {
    return nodes.stream().filter(node -> node.id.equals(id)).findFirst().orElseThrow();
  }

  private void post(NodeId from, NodeId to, String group, Message message) {
    network.scatter(
        from,
        to,
        () -> {
          LogHost host = node(to).logs();
          if (host != null) {
            host.arrive(from, group, message);
          }
        });
  }

  private Result run() {
    nodes.forEach(SimulatedNode::start);
    clients.forEach(Client::start);
    adversary.start();
    runUntil(HARM);
    adversary.stop();
    clients.forEach(Client::stop);
    world.rates.calm();
    long end = world.now() + RECOVERY;
    while (world.violation() == null && !isWell()) {
      if (world.now() > end || !world.step()) {
        world.violated("the nodes do not come to agree: " + state());
      }
    }
    readAll();
    return new Result(
        world.seed,
        scenario.name(),
        world.violation() == null ? judge() : world.violation(),
        world.steps(),
        stock.count(Outcome.OK),
        stock.count(Outcome.UNKNOWN),
        stock.count(Outcome.FAILED),
        world.trace());
  }

  private void runUntil(long time) {
    while (world.violation() == null && world.now() < time) {
      world.step();
    }
  }

  /** All clients have their answers, there is a leader, and all replicas hold the same. */
  private boolean isWell() {
    if (adversary.leader() == null || !clients.stream().allMatch(Client::isIdle)) {
      return false;
    }
    Set<Long> applied = new HashSet<>();
    for (SimulatedNode node : nodes) {
      SimulatedLog log = node.log();
      if (log == null || log.isOut() || log.progress().committedIndex() != log.applied()) {
        return false;
      }
      applied.add(log.applied());
    }
    if (applied.size() > 1) {
      return false;
    }
    Set<String> digests = new HashSet<>();
    nodes.forEach(node -> digests.add(Objects.toString(node.digest())));
    if (digests.size() > 1) {
      world.violated("at entry " + applied + " the replicas hold different things");
    }
    return true;
  }

  private String state() {
    StringBuilder text = new StringBuilder();
    for (SimulatedNode node : nodes) {
      SimulatedLog log = node.log();
      text.append(node.id)
          .append(": ")
          .append(log == null ? "down" : log.leadership() + " " + log.progress())
          .append("; ");
    }
    for (Client client : clients) {
      text.append(client.isIdle() ? "" : "a client waits; ");
    }
    return text.toString();
  }

  /** Through every node, so that whatever was lost shows in the history. */
  private void readAll() {
    for (SimulatedNode node : nodes) {
      Life life = node.life();
      SimulatedDoor door = node.door();
      if (world.violation() != null || life == null || door == null) {
        return;
      }
      int before = stock.count(Outcome.UNKNOWN, Outcome.FAILED);
      Wire wire = new Wire(life, door, () -> {});
      Client.readAll(wire, stock, clients.get(0));
      while (world.violation() == null && wire.unanswered() > 0) {
        world.step();
      }
      if (stock.count(Outcome.UNKNOWN, Outcome.FAILED) > before) {
        world.violated(node.id + " does not answer although nothing is broken");
      }
      wire.lose();
    }
  }

  private @Nullable String judge() {
    Checker checker = new Checker();
    for (SharedObject object : stock.allShared()) {
      Verdict verdict = checker.check(object.history());
      if (verdict instanceof Verdict.Violation violation) {
        return "not linearizable:\n" + String.join("\n", violation.lines());
      } else if (verdict instanceof Verdict.Undecided undecided) {
        return "undecided after " + undecided.tried() + " orders of " + object.keys();
      }
    }
    return null;
  }
}
