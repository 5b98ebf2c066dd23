package kvstore.testkit.simulation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.KeyspaceSnapshot;
import kvstore.engine.storage.MemoryStorage;
import kvstore.protocol.Slots;
import kvstore.replication.NodeId;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.cluster.Replicas;
import kvstore.server.cluster.ShardBirths;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.Directory;
import kvstore.server.directory.DirectoryService;
import kvstore.server.directory.StateFile;
import kvstore.server.shard.Admission;
import kvstore.server.shard.BatchLimits;
import kvstore.server.shard.Birth;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardStorage;
import org.jspecify.annotations.Nullable;

/**
 * Makes a node's replicas on its simulated log and disk, as {@code ReplicaOpener} and {@code
 * BirthSteps} of the server do on the real ones. In a shard's folder stands the number of the
 * storage that stands for it, so that the two come and go together.
 */
final class SimulatedOpener implements Replicas.Opener, ShardBirths.Steps {

  private static final String STORAGE = "storage";

  private static final Duration MAX_WAIT = Duration.ofMillis(50);

  /** Where the replicas are. */
  record Place(Life life, Disk disk, LogHost logs, DataDirectory directory, StateFile stateFile) {}

  private final Place place;
  private final Life life;
  private final DirectoryService service;
  private final IntConsumer leadershipListener;
  private final ShardBirths births;
  private @Nullable Replicas replicas;

  SimulatedOpener(Place place, DirectoryService service, IntConsumer leadershipListener) {
    this.place = place;
    this.life = place.life();
    this.service = service;
    this.leadershipListener = leadershipListener;
    this.births =
        new ShardBirths(
            place.directory().shards(),
            life.node,
            place.directory()::hasLeft,
            this,
            life.workers(),
            life.timer());
  }

  static String group(int number) {
    return number == 0 ? "directory" : "shard" + number;
  }

  void start(Replicas opened) throws IOException {
    replicas = opened;
    opened.recover();
    births.recover();
    opened.start();
  }

  // ---- replicas

  @Override
  public Shard open(int number, Set<NodeId> voters, Set<NodeId> learners) throws IOException {
    Shard shard =
        new Shard(
            number,
            storage(place.directory().shard(number)),
            machine -> place.logs().open(group(number), machine, Members.of(voters, learners)),
            limits(),
            new Shard.Surroundings(
                life.clock(),
                life.workers(),
                life.timer(),
                births,
                life::nanoTime,
                new Admission(life.world.between(1_000, 100_000), MAX_WAIT)),
            () -> leadershipListener.accept(number));
    SimulatedLog log = place.logs().log(group(number));
    if (log != null) {
      log.digest(() -> digest(shard));
    }
    return shard;
  }

  /** Small, so that every bound is met. */
  private BatchLimits limits() {
    int entries = (int) life.world.between(1, 3);
    int commands = (int) life.world.between(1, 20);
    int worthBytes = commands % 2 == 0 ? 0 : life.world.chance(0.5) ? 200 : 64 << 10;
    return new BatchLimits(entries, commands, 400, commands, worthBytes);
  }

  private static @Nullable String digest(Shard shard) {
    Keyspace keyspace = shard.keyspace();
    if (keyspace == null) {
      return null;
    }
    try (KeyspaceSnapshot snapshot = keyspace.snapshot()) {
      return snapshot.digest().checksum() + " " + keyspace.range();
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public AutoCloseable openDirectory(Set<NodeId> voters, Set<NodeId> learners) throws IOException {
    Directory opened =
        service.open(machine -> place.logs().open(group(0), machine, Members.of(voters, learners)));
    SimulatedLog log = place.logs().log(group(0));
    if (log != null) {
      log.digest(() -> opened.state().toString());
    }
    return opened;
  }

  @Override
  public void keep(ClusterState state) throws IOException {
    if (state.version() > 0) {
      place.stateFile().keep(state);
    }
  }

  @Override
  public boolean isExpected(int number) {
    return births.isExpected(number);
  }

  @Override
  public void opened(int number) {
    leadershipListener.accept(number);
  }

  @Override
  public void forget(int number) throws IOException {
    place.disk().forget(group(number));
    births.parentGone(number);
  }

  @Override
  public boolean holds(int number) {
    Journal journal = place.disk().journal(group(number));
    return journal != null && journal.isUsed();
  }

  // ---- births

  @Override
  public Keyspace open(Path folder) throws IOException {
    return keyspace(MemoryStorage.fromCheckpoint(folder));
  }

  @Override
  public void plant(Birth birth, Path checkpoint, Path folder) throws IOException {
    Replicas keepers = replicas;
    if (keepers != null && keepers.hasReached(birth.child(), birth.index())) {
      return; // its leader was faster
    }
    Members members = Members.of(birth.voters(), birth.learners());
    Journal.Snapshot first =
        new Journal.Snapshot(birth.index(), birth.term(), members, Folders.read(checkpoint));
    if (place.logs().seed(group(birth.child()), first)) {
      life.maybeStall();
      storage(folder).restore(checkpoint);
    }
  }

  @Override
  public boolean makeWay(Birth birth) {
    Replicas keepers = replicas;
    return keepers != null && keepers.makeWay(birth.child(), birth.index());
  }

  @Override
  public void open(Birth birth, boolean leads) {
    Replicas keepers = replicas;
    if (keepers == null) {
      throw new IllegalStateException("expected the node's replicas to be known by now");
    }
    keepers.born(
        birth.child(),
        () -> {
          Shard child = keepers.find(birth.child());
          if (child != null) {
            if (leads) {
              child.log().campaign();
            }
            child.log().requestSnapshot();
          }
        });
  }

  // ---- storages

  private Keyspace keyspace(MemoryStorage storage) throws IOException {
    return Keyspace.open(
        new SimulatedStorage(life, storage),
        Slots::slotOf,
        KeyspaceLimits.DEFAULT,
        new SplittableRandom(1));
  }

  private ShardStorage storage(Path folder) {
    return new ShardStorage() {
      @Override
      public Keyspace open() throws IOException {
        life.mustLive();
        int number = number(folder);
        MemoryStorage last = place.disk().storage(number);
        MemoryStorage storage = last == null ? new MemoryStorage() : last.afterCrash();
        place.disk().storage(number, storage);
        return keyspace(storage);
      }

      @Override
      public void restore(Path checkpoint) throws IOException {
        life.maybeStall();
        place.disk().storage(number(folder), MemoryStorage.fromCheckpoint(checkpoint));
        life.maybeStall();
      }
    };
  }

  private int number(Path folder) throws IOException {
    Path file = folder.resolve(STORAGE);
    if (Files.exists(file)) {
      return Integer.parseInt(Files.readString(file, StandardCharsets.US_ASCII));
    }
    int fresh = place.disk().nextStorage();
    Files.createDirectories(folder);
    Files.writeString(file, Integer.toString(fresh), StandardCharsets.US_ASCII);
    return fresh;
  }
}
