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
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ShardEntry;
import kvstore.server.net.SimulatedDoor;
import kvstore.tools.verify.history.Checker;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Verdict;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** One run of a seed: some nodes, some clients, harm for a while, and then the verdict. */
public final class Simulation {

  private static final int MOST_LAST_READS = 3;
  private static final int CLIENTS = 5;
  private static final long HARM = 8 * Rates.SECOND;

  /** Once nothing is broken any more, all must be well within this time. */
  private static final long RECOVERY = 30 * Rates.SECOND;

  /**
   * What came of a run.
   *
   * @param violation null if all was well
   * @param splits shards that came to be besides the first
   * @param moves replicas that nodes gave up
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
      int splits,
      int moves,
      long trace) {}

  private final World world;
  private final Invariants invariants;
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
    List<ClusterMember> members = new ArrayList<>();
    for (int i = 1; i <= world.rates.nodes; i++) {
      members.add(new ClusterMember(new NodeId("n" + i), "127.0.0.1", i, 100 + i));
    }
    this.invariants = new Invariants(world, this::journal);
    SimulatedNode.Cluster cluster =
        new SimulatedNode.Cluster(
            world, network, invariants, members, this::post, this::newFolder, mutant);
    for (ClusterMember member : members) {
      Path root = folder.resolve(member.id().value());
      nodes.add(new SimulatedNode(member.id(), root, cluster));
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

  /**
   * What a seed finds; for a loader of its own.
   *
   * @param scenario its name, or null to let the seed choose
   */
  public static @Nullable String violationOf(long seed, @Nullable String scenario) {
    Scenario chosen = scenario == null ? null : Scenario.valueOf(scenario);
    return run(seed, chosen, Mutant.NONE).violation();
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
      nodes.stream().filter(node -> !node.isUp()).forEach(SimulatedNode::start);
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
        invariants.splits(),
        nodes.stream().mapToInt(node -> node.disk.forgotten()).sum(),
        world.trace());
  }

  private void runUntil(long time) {
    while (world.violation() == null && world.now() < time) {
      world.step();
    }
  }

  /** All clients have their answers, and each group has a leader and the replicas it shall have. */
  private boolean isWell() {
    if (!clients.stream().allMatch(Client::isIdle)) {
      return false;
    }
    SimulatedNode leader = adversary.leader(ShardEntry.DIRECTORY);
    ClusterState state = leader == null ? null : leader.state();
    if (state == null || state.version() == 0) {
      return false;
    }
    for (SimulatedNode node : nodes) {
      ClusterState known = node.state();
      if (known == null || known.version() != state.version() || !node.isAsWanted(state)) {
        return false;
      }
    }
    return state.shards().stream().allMatch(this::isWell);
  }

  /** The group has a leader, all replicas have applied the same, and so hold the same. */
  private boolean isWell(ShardEntry shard) {
    if (shard.split() != null || adversary.leader(shard.number()) == null) {
      return false;
    }
    Set<Long> applied = new HashSet<>();
    for (ReplicaEntry replica : shard.replicas()) {
      SimulatedLog log = node(replica.node()).log(shard.number());
      if (replica.role() == ReplicaEntry.Role.LEAVING
          || log == null
          || log.isOut()
          || log.progress().committedIndex() != log.applied()) {
        return false;
      }
      applied.add(log.applied());
    }
    if (applied.size() > 1) {
      return false;
    }
    Set<String> digests = new HashSet<>();
    shard
        .replicas()
        .forEach(
            replica -> digests.add(Objects.toString(node(replica.node()).digest(shard.number()))));
    if (digests.size() > 1) {
      world.violated(
          "at entry "
              + applied
              + " replicas of shard "
              + shard.number()
              + " hold different things");
    }
    return true;
  }

  private String state() {
    StringBuilder text = new StringBuilder();
    for (SimulatedNode node : nodes) {
      text.append("\n")
          .append(node.id)
          .append(node.isUp() ? " knows " + brief(node.state()) : " is down");
      for (SimulatedLog log : node.open()) {
        text.append("\n  ")
            .append(log.group())
            .append(": ")
            .append(log.isOut() ? "out" : log.leadership() + " " + log.progress());
      }
    }
    for (Client client : clients) {
      text.append(client.isIdle() ? "" : "a client waits; ");
    }
    return text.toString();
  }

  private static String brief(@Nullable ClusterState state) {
    return state == null ? "nothing" : "version " + state.version() + ": " + state.shards();
  }

  /** Through every node, so that whatever was lost shows in the history. */
  private void readAll() {
    for (SimulatedNode node : nodes) {
      Life life = node.life();
      SimulatedDoor door = node.door();
      if (world.violation() != null || life == null || door == null) {
        return;
      }
      int tries = 0;
      while (world.violation() == null && !readAll(life, door)) {
        if (++tries == MOST_LAST_READS) {
          world.violated(node.id + " does not answer although nothing is broken");
        }
      }
    }
  }

  /** Whether all was answered; a read may be refused when what stood still at last is given up. */
  private boolean readAll(Life life, SimulatedDoor door) {
    int before = stock.count(Outcome.UNKNOWN, Outcome.FAILED);
    Wire wire = new Wire(life, door, () -> {});
    Client.readAll(wire, stock, clients.get(0));
    while (world.violation() == null && wire.unanswered() > 0) {
      world.step();
    }
    wire.lose();
    return stock.count(Outcome.UNKNOWN, Outcome.FAILED) == before;
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
