package kvstore.server.net;

import java.util.List;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.Reply;
import kvstore.protocol.Slots;
import kvstore.server.console.NodeView;
import kvstore.server.console.ShardLeader;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.ShardEntry;
import kvstore.server.router.ReadMode;
import kvstore.server.router.ShardMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells cluster-aware clients where a key lives. A key whose shard has no known leader is not
 * redirected: the command waits here for one, as on the plain port. Any thread.
 */
final class Redirection {

  private static final int NO_SLOT = -1;
  private static final int SEVERAL_SLOTS = -2;

  private static final Reply CROSS_SLOT =
      new Reply.Failure("CROSSSLOT Keys in request don't hash to the same slot");

  /** A state and what is derived from it; no map while the shards are unknown. */
  private record Known(ClusterState state, @Nullable ShardMap map) {}

  private final NodeView node;
  private volatile @Nullable Known known;

  Redirection(NodeView node) {
    this.node = node;
  }

  /** The error that sends the client elsewhere, or null if the command may run here. */
  @Nullable Reply check(Session session, CommandSpec spec, byte[][] arguments) {
    return check(session, slotOf(NO_SLOT, spec, arguments), spec.writes());
  }

  /** The same for all commands between MULTI and EXEC together. */
  @Nullable Reply check(Session session, Transaction transaction) {
    int slot = NO_SLOT;
    boolean writes = false;
    for (Transaction.Queued queued : transaction.commands()) {
      CommandSpec spec = queued.entry().spec();
      slot = slotOf(slot, spec, queued.arguments());
      writes |= spec.writes();
    }
    return check(session, slot, writes);
  }

  private @Nullable Reply check(Session session, int slot, boolean writes) {
    if (slot == NO_SLOT) {
      return null;
    }
    if (slot == SEVERAL_SLOTS) {
      return CROSS_SLOT;
    }
    Known now = known();
    if (now.map() == null) {
      return null;
    }
    int shard = now.map().shardOf(slot);
    ShardLeader leader = node.leader(shard);
    if (leader == null || !leader.current() || leader.node().equals(node.id())) {
      return null;
    }
    if (!writes && session.readMode() == ReadMode.STALE && hasReplica(now.state(), shard)) {
      return null;
    }
    NodeEntry entry = now.state().node(leader.node());
    return entry == null || Topology.portOf(entry) == 0 ? null : moved(slot, entry);
  }

  private boolean hasReplica(ClusterState state, int shard) {
    ShardEntry entry = state.shard(shard);
    return entry != null && entry.replica(node.id()) != null;
  }

  private static Reply moved(int slot, NodeEntry entry) {
    return new Reply.Failure("MOVED " + slot + " " + entry.host() + ":" + Topology.portOf(entry));
  }

  private Known known() {
    Known last = known;
    ClusterState state = node.cluster();
    if (last == null || last.state() != state) {
      last = new Known(state, mapOf(state));
      known = last;
    }
    return last;
  }

  private static @Nullable ShardMap mapOf(ClusterState state) {
    List<ShardEntry> shards = state.dataShards();
    if (shards.isEmpty()) {
      return null; // a node that has just joined
    }
    return new ShardMap(
        state.version(),
        shards.stream()
            .map(shard -> new ShardMap.Range(shard.number(), shard.firstSlot(), shard.lastSlot()))
            .toList());
  }

  /** The one slot of all keys so far and of these. */
  private static int slotOf(int before, CommandSpec spec, byte[][] arguments) {
    CommandSpec row = spec;
    if (!spec.subcommands().isEmpty() && arguments.length > 1) {
      CommandSpec subcommand = spec.subcommand(arguments[1]);
      row = subcommand == null ? spec : subcommand;
    }
    if (row.keys().first() == 0) {
      return before;
    }
    int slot = before;
    for (byte[] key : row.keys(arguments)) {
      int each = Slots.slotOf(key);
      if (slot == NO_SLOT) {
        slot = each;
      } else if (slot != each) {
        return SEVERAL_SLOTS;
      }
    }
    return slot;
  }
}
