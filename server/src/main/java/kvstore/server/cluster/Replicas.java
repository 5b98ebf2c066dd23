package kvstore.server.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import kvstore.engine.keyspace.Keyspace;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.ShardEntry;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's replicas: opened when the cluster state names this node, closed and deleted when it
 * names it no longer. The state drops a replica only after the replica's group has, so what is
 * deleted here counted for nothing any more.
 *
 * <p>All opening and closing happens on one thread, the keeper; {@link #find} and {@link #all} are
 * for any.
 */
public final class Replicas implements LocalShards, AutoCloseable {

  /** How the parts of a replica are made; called on the keeper's thread. */
  public interface Opener {
    /**
     * Returns when the state, or a newer one, is on this node's disk. Before a replica is opened on
     * its word: at a start with an older state, which does not name the replica, it would be
     * deleted, though it may have voted since.
     */
    void keep(ClusterState state) throws IOException;

    /** Opens a data shard's replica; {@code voters} and {@code learners} as for the Raft host. */
    Shard open(int number, Set<NodeId> voters, Set<NodeId> learners) throws IOException;

    /** Opens this node's replica of the directory. */
    AutoCloseable openDirectory(Set<NodeId> voters, Set<NodeId> learners) throws IOException;

    /** Whether a split has left, or is leaving, a first state of the shard here. */
    boolean isExpected(int number);

    /** Deletes what the log holds of a group whose replica is closed; may be called again. */
    void forget(int number) throws IOException;

    /** Whether the log holds anything of a group whose replica is closed. */
    boolean holds(int number) throws IOException;

    /** A data shard's replica is open and can be found. */
    void opened(int number);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

  /** What failed, or had to wait, is tried again. */
  private static final long RETRY_MILLIS = 200;

  private final NodeId self;
  private final Identity identity;
  private final DataDirectory directory;
  private final ClusterView view;
  private final Opener opener;
  private final Departures departures;
  private final ScheduledExecutorService keeper;
  private final Map<Integer, Shard> open = new ConcurrentSkipListMap<>();

  /** Shards being closed by {@link #makeWay}, no more among the open ones. */
  private final Set<Integer> makingWay = ConcurrentHashMap.newKeySet();

  private @Nullable AutoCloseable directoryReplica;
  private @Nullable ScheduledFuture<?> retry;
  private boolean closed;
  private boolean saidOut;

  /**
   * @param keeper one thread; its last task may be running when {@link #close} is called
   */
  public Replicas(
      Identity identity,
      DataDirectory directory,
      ClusterView view,
      Opener opener,
      ScheduledExecutorService keeper) {
    this.self = identity.nodeId();
    this.identity = identity;
    this.directory = directory;
    this.view = view;
    this.opener = opener;
    this.departures = new Departures(directory, opener);
    this.keeper = keeper;
  }

  /** Finishes what a crash has interrupted; before anything is opened, or born. */
  public void recover() throws IOException {
    departures.finish();
  }

  /**
   * Opens what the state names now, and follows it from then on.
   *
   * @throws IOException if a replica cannot be opened; later failures are tried again
   */
  public void start() throws IOException {
    synchronized (this) {
      follow(view.current());
    }
    view.listen(state -> keeper.execute(this::catchUp));
  }

  @Override
  public @Nullable Shard find(int number) {
    return open.get(number);
  }

  @Override
  public List<Shard> all() {
    return List.copyOf(open.values());
  }

  /** A split has left a shard's first state here; opens it, on the keeper's thread. */
  public void born(int number, Runnable opened) {
    keeper.execute(() -> {
      synchronized (this) {
        try {
          if (!closed && !open.containsKey(number)) {
            put(number, Set.of(), Set.of());
            catchUp(); // it may have come too late to stay
          }
        } catch (IOException | RuntimeException e) {
          LOG.error("Shard {}, born of a split, could not be opened; trying again", number, e);
          keeper.schedule(() -> born(number, opened), RETRY_MILLIS, TimeUnit.MILLISECONDS);
          return;
        }
      }
      opened.run();
    });
  }

  /**
   * Closes, on the keeper's thread, a replica that was opened although a split was to leave its
   * first state here: whether its parent holds those slots can not be told while the parent itself
   * fails, or loads a snapshot. It is opened again when it is {@link #born}.
   *
   * @param index where the shard begins; a replica that has got so far by itself stays
   * @return whether there is one to be closed
   */
  public boolean makeWay(int number, long index) {
    Shard shard = open.get(number);
    if (makingWay.contains(number)) {
      return true;
    }
    if (shard == null || hasReached(shard, index)) {
      return false;
    }
    keeper.execute(() -> {
      synchronized (this) {
        if (closed || open.get(number) != shard || hasReached(shard, index)) {
          return;
        }
        LOG.info("Shard {} was opened too early, and is to be born of a split", number);
        makingWay.add(number);
        try {
          close(number);
        } catch (IOException | RuntimeException e) {
          LOG.error("Shard {} could not be closed to be born", number, e);
        } finally {
          makingWay.remove(number);
        }
      }
    });
    return true;
  }

  /** Whether a replica of the shard is open here that has applied so much. */
  public boolean hasReached(int number, long index) {
    Shard shard = open.get(number);
    return shard != null && hasReached(shard, index);
  }

  private static boolean hasReached(Shard shard, long index) {
    Keyspace held = shard.keyspace();
    return held != null && held.appliedIndex() >= index;
  }

  private void catchUp() {
    synchronized (this) {
      if (closed) {
        return;
      }
      try {
        follow(view.current());
      } catch (IOException | RuntimeException e) {
        LOG.error("Replicas could not follow the cluster state; trying again", e);
        tryAgain();
      }
    }
  }

  private void tryAgain() {
    if (retry == null) {
      retry = keeper.schedule(this::retry, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private synchronized void retry() {
    retry = null; // before, so that it may find that it has to try once more
    catchUp();
  }

  private void follow(ClusterState state) throws IOException {
    if (isOut(state)) {
      leaveAll();
      return;
    }
    for (ShardEntry shard : state.shards()) {
      if (shard.replica(self) != null) {
        openIfMissing(state, shard);
      }
    }
    for (int number : directory.storedShards()) {
      ShardEntry shard = state.shard(number);
      if (shard == null && !isOpen(number) && !directory.hasLeft(number)) {
        put(number, Set.of(), Set.of()); // born of a split of which the state has yet to tell
      } else if (shard != null && !isOpen(number) && isDropped(state, shard)) {
        leave(number); // the news came while the node was down
      }
    }
    for (int number : new ArrayList<>(open.keySet())) {
      ShardEntry shard = state.shard(number);
      // a child whose birth the directory has yet to hear of is in no state at all
      if (shard != null && isDropped(state, shard)) {
        leave(number);
      }
    }
    ShardEntry group = state.shard(ShardEntry.DIRECTORY);
    if (group != null && isDropped(state, group) && directoryReplica != null) {
      leave(ShardEntry.DIRECTORY);
    }
  }

  /** Nothing is deleted for what a node that has heard of no state takes for the state. */
  private boolean isDropped(ClusterState state, ShardEntry shard) {
    return state.version() > 0 && shard.replica(self) == null;
  }

  private boolean isOut(ClusterState state) {
    NodeEntry entry = state.node(self);
    return entry != null && entry.status() == NodeEntry.Status.OUT;
  }

  private void openIfMissing(ClusterState state, ShardEntry shard) throws IOException {
    int number = shard.number();
    ReplicaEntry wanted = shard.replica(self);
    if (isOpen(number) || wanted == null) {
      return;
    }
    boolean gone = directory.hasLeft(number) && !opener.holds(number);
    if (gone && wanted.role() == ReplicaEntry.Role.LEAVING) {
      return; // deleted already; the state has yet to say so
    }
    if (isToBeBorn(shard)) {
      tryAgain();
      return;
    }
    opener.keep(state);
    boolean founding = identity.isFounder() && !directory.hasLeft(number) && isFirst(number);
    Set<NodeId> voters =
        founding ? founders(state, number).nodes(ReplicaEntry.Role.VOTER) : Set.of();
    Set<NodeId> learners =
        founding ? founders(state, number).nodes(ReplicaEntry.Role.LEARNER) : Set.of();
    if (number == ShardEntry.DIRECTORY) {
      directoryReplica = opener.openDirectory(voters, learners);
    } else {
      put(number, voters, learners);
    }
  }

  /**
   * Whether the shard will split off one that is open here, as others have seen it do: opened
   * without what its parent holds for it, on every node, it would be empty for good. A parent that
   * is far behind skips the split by a snapshot, and does not hold those slots any more either.
   */
  private boolean isToBeBorn(ShardEntry shard) {
    if (shard.isDirectory()) {
      return false;
    }
    for (Shard parent : open.values()) {
      Keyspace held = parent.keyspace();
      if (held != null && held.appliedIndex() > 0 && held.range().holds(shard.firstSlot())) {
        return true;
      }
    }
    return opener.isExpected(shard.number());
  }

  private void put(int number, Set<NodeId> voters, Set<NodeId> learners) throws IOException {
    open.put(number, opener.open(number, voters, learners));
    opener.opened(number);
  }

  /** The groups of a new cluster; every other is told its members by its leader. */
  private static boolean isFirst(int number) {
    return number <= 1;
  }

  /** The group as its founders made it, whatever it has become. */
  private ShardEntry founders(ClusterState state, int number) {
    ShardEntry founded =
        Founding.assumedBy(identity, Objects.requireNonNull(state.node(self)), 0).shard(number);
    return Objects.requireNonNull(founded);
  }

  private boolean isOpen(int number) {
    return number == ShardEntry.DIRECTORY ? directoryReplica != null : open.containsKey(number);
  }

  private void leaveAll() throws IOException {
    if (!saidOut) {
      saidOut = true;
      LOG.error(
          "Node {} is out of the cluster: it was decommissioned, or was away for so long that it"
              + " was replaced. It holds nothing any more; to take part again, start it with an"
              + " empty --dir and --join",
          self);
    }
    for (int number : new ArrayList<>(open.keySet())) {
      leave(number);
    }
    if (directoryReplica != null) {
      leave(ShardEntry.DIRECTORY);
    }
  }

  private void leave(int number) throws IOException {
    LOG.info("Giving up the replica of {}", number == 0 ? "the directory" : "shard " + number);
    directory.markLeft(number);
    close(number);
    departures.depart(number);
  }

  private void close(int number) throws IOException {
    try {
      if (number == ShardEntry.DIRECTORY) {
        AutoCloseable replica = directoryReplica;
        directoryReplica = null;
        if (replica != null) {
          replica.close();
        }
      } else {
        Shard shard = open.remove(number);
        if (shard != null) {
          shard.close();
        }
      }
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the replica of group " + number + " could not be closed", e);
    }
  }

  /** Closes every replica, in order; nothing is deleted. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
      List<Integer> numbers = new ArrayList<>(open.keySet());
      numbers.add(ShardEntry.DIRECTORY);
      for (int number : numbers) {
        try {
          close(number);
        } catch (IOException e) {
          LOG.error("Closing group {} failed", number, e);
        }
      }
    }
  }
}
