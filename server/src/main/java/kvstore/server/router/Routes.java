package kvstore.server.router;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import kvstore.replication.NodeId;
import kvstore.replication.transport.PeerCalls;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.ShardEntry;
import kvstore.server.shard.LocalShards;
import org.jspecify.annotations.Nullable;

/** The shard map of the newest cluster state, and a route to each of its shards. Thread-safe. */
final class Routes {

  /**
   * @param map null while no shard is known
   */
  private record Table(@Nullable ShardMap map, ShardRoute[] bySlotRange) {}

  private final PeerCalls transport;
  private final LocalShards shards;
  private final Leaders leaders;
  private final ClusterView view;
  private final Forwarder forwarder;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoTime;
  private final AtomicLong sequence = new AtomicLong();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final Map<Integer, ShardRoute> routes = new ConcurrentHashMap<>();
  private volatile Table table = new Table(null, new ShardRoute[0]);

  Routes(
      PeerCalls transport,
      LocalShards shards,
      Leaders leaders,
      ClusterView view,
      Forwarder forwarder,
      ScheduledExecutorService timer,
      LongSupplier nanoTime) {
    this.transport = transport;
    this.shards = shards;
    this.leaders = leaders;
    this.view = view;
    this.forwarder = forwarder;
    this.timer = timer;
    this.nanoTime = nanoTime;
  }

  void follow() {
    leaders.listen(shard -> {
      ShardRoute route = routes.get(shard);
      if (route != null) {
        route.leadershipChanged();
      }
    });
    view.listen(this::adopt);
  }

  private synchronized void adopt(ClusterState state) {
    List<ShardEntry> entries = state.dataShards();
    if (entries.isEmpty()) {
      return; // a node that has just joined
    }
    ShardMap map =
        new ShardMap(
            state.version(),
            entries.stream()
                .map(entry ->
                    new ShardMap.Range(entry.number(), entry.firstSlot(), entry.lastSlot()))
                .toList());
    ShardRoute[] inOrder =
        entries.stream()
            .map(entry -> routes.computeIfAbsent(entry.number(), this::newRoute))
            .toArray(ShardRoute[]::new);
    Map<ShardRoute, Set<ShardRoute>> heirs = heirs(table, map, inOrder);
    // The parents too: parts of what is handed over may be for them, and have their place there.
    heirs.keySet().forEach(ShardRoute::hold);
    heirs.values().forEach(those -> those.forEach(ShardRoute::hold));
    table = new Table(map, inOrder);
    heirs.forEach((parent, those) -> {
      ShardRoute.Legacy legacy = parent.handOver();
      legacy.waiting().forEach(Routed::reroute);
      parent.release(List.of());
      those.forEach(heir -> heir.release(legacy.targets()));
    });
    routes.values().forEach(ShardRoute::leadershipChanged);
  }

  /** Which routes get slots of which others by a new map. */
  private static Map<ShardRoute, Set<ShardRoute>> heirs(
      Table old, ShardMap map, ShardRoute[] inOrder) {
    Map<ShardRoute, Set<ShardRoute>> heirs = new LinkedHashMap<>();
    ShardMap before = old.map();
    if (before == null) {
      return heirs;
    }
    for (int i = 0; i < inOrder.length; i++) {
      ShardMap.Range range = map.ranges().get(i);
      int last = before.indexOf(range.lastSlot());
      for (int j = before.indexOf(range.firstSlot()); j <= last; j++) {
        ShardRoute owner = old.bySlotRange()[j];
        if (owner != inOrder[i]) {
          heirs.computeIfAbsent(owner, unused -> new LinkedHashSet<>()).add(inOrder[i]);
        }
      }
    }
    return heirs;
  }

  private ShardRoute newRoute(int number) {
    return new ShardRoute(
        number,
        new ShardRoute.Ways(
            transport,
            shards,
            leaders,
            this::replicas,
            forwarder,
            sequence,
            waitingBytes,
            timer,
            nanoTime));
  }

  /** The nodes that hold or shall hold a replica of the shard. */
  private List<NodeId> replicas(int number) {
    ShardEntry entry = view.current().shard(number);
    return entry == null
        ? List.of()
        : entry.replicas().stream().map(replica -> replica.node()).toList();
  }

  /** Null while no shard is known. */
  @Nullable ShardRoute of(int slot) {
    Table now = table;
    ShardMap map = now.map();
    return map == null ? null : now.bySlotRange()[map.indexOf(slot)];
  }

  /** The routes to all shards, in slot order; empty while none is known. */
  List<ShardRoute> all() {
    return List.of(table.bySlotRange());
  }

  /** Whether the cluster has more than one shard, so that keys of different slots may part. */
  boolean areSeveral() {
    return table.bySlotRange().length > 1;
  }

  int waiting() {
    int waiting = 0;
    for (ShardRoute route : routes.values()) {
      waiting += route.waiting();
    }
    return waiting;
  }
}
