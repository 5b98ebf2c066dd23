package kvstore.server.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kvstore.engine.keyspace.Keyspace;
import kvstore.protocol.Slots;
import kvstore.replication.NodeId;
import kvstore.replication.raft.RaftHost;
import kvstore.replication.raft.RaftHostOptions;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.shard.BatchLimits;
import kvstore.server.shard.Birth;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardStorage;

/** A node with what a split needs: Raft over loopback, shards, births. It can be started again. */
final class SplitNode {

  final NodeId id;
  final Path folder;
  final Map<Integer, Shard> shards = new ConcurrentHashMap<>();
  volatile ShardBirths.Milestones milestones = step -> {};

  /** Shards that this node has given up. */
  final Set<Integer> left = ConcurrentHashMap.newKeySet();

  private final String cluster;
  private final Stores stores;
  private volatile boolean running;
  private PeerTransport transport;
  private RaftHost raft;
  private ShardBirths births;
  private ExecutorService io;
  private ScheduledExecutorService timer;
  private int port;

  SplitNode(String cluster, String name, Path root, Stores stores) {
    this.cluster = cluster;
    this.id = new NodeId(name);
    this.folder = root.resolve(name);
    this.stores = stores;
  }

  void listen() throws IOException {
    byte[] secret = "secret".getBytes(StandardCharsets.UTF_8);
    transport = PeerTransport.start(TransportOptions.of(id, "splits", secret, "127.0.0.1", port));
    port = transport.boundPort();
  }

  void knows(SplitNode other) {
    transport.setPeer(other.id, "127.0.0.1", other.port);
  }

  /** Starts what is behind the port, no shard but those whose birth is certain. */
  void start() throws IOException {
    io = Executors.newFixedThreadPool(4);
    timer = Executors.newSingleThreadScheduledExecutor();
    raft = RaftHost.start(RaftHostOptions.of(folder.resolve("raft")), transport);
    births =
        new ShardBirths(
            folder.resolve("shards"),
            id,
            left::contains,
            new Steps(),
            io,
            timer,
            step -> milestones.reached(step));
    running = true;
    Files.createDirectories(folder.resolve("shards"));
    births.recover();
  }

  boolean isRunning() {
    return running;
  }

  RaftHost raft() {
    return raft;
  }

  String group(int shard) {
    return cluster + "-shard" + shard;
  }

  Path shardFolder(int shard) {
    return folder.resolve("shards").resolve(String.format("%04d", shard));
  }

  boolean expects(int shard) {
    return births.isExpected(shard);
  }

  synchronized void open(int number, Set<NodeId> voters) throws IOException {
    if (!running || shards.containsKey(number)) {
      return;
    }
    Path place = shardFolder(number);
    ShardStorage storage =
        new ShardStorage() {
          @Override
          public Keyspace open() throws IOException {
            return stores.keyspace(place);
          }

          @Override
          public void restore(Path checkpoint) throws IOException {
            stores.restore(checkpoint, place);
          }
        };
    shards.put(
        number,
        new Shard(
            number,
            storage,
            machine -> raft.open(group(number), machine, voters, Set.of()),
            BatchLimits.DEFAULT,
            new Shard.Surroundings(InstantSource.system(), io, timer, births),
            () -> {}));
  }

  private final class Steps implements ShardBirths.Steps {
    @Override
    public Keyspace open(Path copy) throws IOException {
      return Keyspace.open(stores.openCopy(copy), Slots::slotOf);
    }

    @Override
    public void plant(Birth birth, Path checkpoint, Path place) throws IOException {
      boolean fresh =
          raft.seed(
              group(birth.child()),
              checkpoint,
              birth.index(),
              birth.term(),
              birth.voters(),
              birth.learners());
      if (fresh) {
        milestones.reached("seeded");
        stores.restore(checkpoint, place);
      }
    }

    @Override
    public boolean makeWay(Birth birth) throws IOException {
      synchronized (SplitNode.this) {
        Shard child = shards.get(birth.child());
        Keyspace held = child == null ? null : child.keyspace();
        if (child == null || held != null && held.appliedIndex() >= birth.index()) {
          return false;
        }
        shards.remove(birth.child());
        child.close();
        return true;
      }
    }

    @Override
    public void open(Birth birth, boolean leads) {
      try {
        SplitNode.this.open(birth.child(), Set.of());
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      Shard child = shards.get(birth.child());
      if (leads && child != null) {
        child.log().campaign();
      }
      if (child != null) {
        child.log().requestSnapshot();
      }
    }
  }

  /** From now on nothing that it does lasts. */
  void die() {
    stores.crash();
  }

  /** Opens a shard that others hold already; false if it has to wait for its parent here. */
  boolean openUnlessItIsToBeBorn(int number, SplitCluster cluster) throws IOException {
    if (shards.containsKey(number)) {
      return true;
    }
    int first = cluster.leader(number).firstSlot();
    for (Shard parent : shards.values()) {
      if (parent.firstSlot() <= first && parent.lastSlot() >= first) {
        return false;
      }
    }
    if (!births.isExpected(number)) {
      open(number, Set.of());
    }
    return shards.containsKey(number);
  }

  /** Ends at once; what the stores have not made durable is lost. */
  void crash() {
    stores.crash();
    stop();
  }

  void stop() {
    synchronized (this) {
      running = false;
    }
    // what runs in the background may still want to open a shard
    if (io != null) {
      io.shutdown();
      timer.shutdownNow();
      await(io);
    }
    for (Shard shard : shards.values()) {
      try {
        shard.close();
      } catch (IOException | RuntimeException e) {
        // a crashed shard need not close well
      }
    }
    shards.clear();
    if (raft != null) {
      raft.close();
      raft = null;
    }
    transport.close();
  }

  private static void await(ExecutorService executor) {
    try {
      if (!executor.awaitTermination(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("work in the background does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
