package kvstore.testkit.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiFunction;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ShardEntry;
import kvstore.testkit.simulation.Journal.Entry;
import org.jspecify.annotations.Nullable;

/** What must hold after each step, whatever fails. What does not ends the run. */
final class Invariants {

  private record Place(String group, long at) {}

  private record Agreed(Entry entry, NodeId by) {}

  private record Seen(String digest, NodeId by) {}

  private static final int SLOTS = 16_384;

  private final World world;
  private final BiFunction<String, NodeId, @Nullable Journal> journals;
  private final Map<Place, NodeId> elected = new HashMap<>();
  private final Map<Place, NodeId> leaders = new HashMap<>();
  private final Map<String, Long> lastElected = new HashMap<>();
  private final Map<Place, Agreed> agreed = new HashMap<>();

  /** By group and term, the last entry that a leader of the term found agreed on. */
  private final Map<String, TreeMap<Long, Long>> newest = new HashMap<>();

  private final Map<Place, Seen> digests = new HashMap<>();
  private int mostShards;
  private final Map<Long, ClusterState> states = new HashMap<>();

  /**
   * @param journals what a node's disk holds of a group
   */
  Invariants(World world, BiFunction<String, NodeId, @Nullable Journal> journals) {
    this.world = world;
    this.journals = journals;
  }

  /** One leader at most is elected in a term, and it has all that earlier ones agreed on. */
  void elected(String group, NodeId node, Journal journal) {
    alone(elected, group, node, journal.term(), "were elected");
    lastElected.merge(group, journal.term(), Math::max);
    // an election may come to its end when a later term has its leader already
    long last =
        newest.getOrDefault(group, new TreeMap<>()).headMap(journal.term()).values().stream()
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    if (last == 0) {
      return;
    }
    Agreed entry = agreed.get(new Place(group, last));
    boolean has =
        last <= journal.baseIndex()
            || last <= journal.lastIndex()
                && entry != null
                && journal.termAt(last) == entry.entry().term();
    if (!has) {
      world.violated(
          group
              + ": "
              + node
              + " is elected in term "
              + journal.term()
              + " without entry "
              + last
              + ", which is agreed on");
    }
  }

  /** Shards that were heard of, besides the first. */
  int splits() {
    return Math.max(0, mostShards - 1);
  }

  /** Every slot is some shard's, and no two shards'; a version of the state is one state. */
  void hears(NodeId node, ClusterState state) {
    mostShards = Math.max(mostShards, state.dataShards().size());
    int next = 0;
    for (ShardEntry shard : state.dataShards()) {
      if (shard.firstSlot() != next || shard.lastSlot() < next) {
        world.violated(node + " hears of shards that do not cover each slot once: " + state);
      }
      next = shard.lastSlot() + 1;
    }
    if (next != SLOTS && !state.dataShards().isEmpty()) {
      world.violated(node + " hears of shards that do not cover all slots: " + state);
    }
    ClusterState first = states.putIfAbsent(state.version(), state);
    if (first != null && state.version() > 0 && !first.equals(state)) {
      world.violated(node + " hears of another state than others: " + state + ", not " + first);
    }
  }

  /** One leader at most says in a term that it leads. */
  void leads(String group, NodeId node, long term) {
    alone(leaders, group, node, term, "lead");
  }

  private void alone(Map<Place, NodeId> known, String group, NodeId node, long term, String what) {
    NodeId other = known.putIfAbsent(new Place(group, term), node);
    if (other != null && !other.equals(node)) {
      world.violated(group + ": " + other + " and " + node + " " + what + " in term " + term);
    }
  }

  /**
   * What is agreed on at an index is the same everywhere; a crash of all nodes at this moment would
   * leave it with a majority.
   *
   * @param leading the log of the leader that found it agreed on; null at a follower
   */
  void committed(String group, NodeId node, Entry entry, @Nullable Journal leading) {
    same(group, node, entry, "agrees on");
    if (leading == null) {
      return;
    }
    newest
        .computeIfAbsent(group, unused -> new TreeMap<>())
        .merge(leading.term(), entry.index(), Math::max);
    if (lastElected.getOrDefault(group, 0L) > leading.term()) {
      return; // it was late to hear of it; members of then may have left by the word of the next
    }
    boolean durable =
        leading
            .members()
            .majority(other -> {
              Journal journal = journals.apply(group, other);
              return journal != null && journal.keeps(entry.index(), entry.term());
            });
    if (!durable) {
      world.violated(
          group
              + ": "
              + node
              + " takes entry "
              + entry.index()
              + " for agreed on, but a crash of all would leave it to no majority");
    }
  }

  /** All replicas apply the same. */
  void applies(String group, NodeId node, Entry entry) {
    same(group, node, entry, "applies");
  }

  private void same(String group, NodeId node, Entry entry, String what) {
    Agreed first =
        agreed.computeIfAbsent(new Place(group, entry.index()), unused -> new Agreed(entry, node));
    if (first.entry().term() != entry.term()
        || !Arrays.equals(first.entry().payload(), entry.payload())) {
      world.violated(
          group
              + ": "
              + node
              + " "
              + what
              + " another entry "
              + entry.index()
              + " than "
              + first.by());
    }
  }

  /** All replicas hold the same once they have applied the same. */
  void holds(String group, NodeId node, long index, @Nullable String digest) {
    if (digest == null) {
      return;
    }
    Seen first = digests.computeIfAbsent(new Place(group, index), at -> new Seen(digest, node));
    if (!Objects.equals(first.digest(), digest)) {
      world.violated(
          group
              + ": having applied entry "
              + index
              + ", "
              + node
              + " holds something else than "
              + first.by());
    }
  }
}
