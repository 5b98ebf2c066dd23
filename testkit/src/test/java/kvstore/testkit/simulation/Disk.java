package kvstore.testkit.simulation;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import kvstore.engine.storage.MemoryStorage;
import org.jspecify.annotations.Nullable;

/** What a node has that outlives its processes. */
final class Disk {

  private final Map<String, Journal> journals = new TreeMap<>();
  private final Map<Integer, MemoryStorage> storages = new TreeMap<>();

  Journal journal(String group, Members first, Mutant mutant) {
    return journals.computeIfAbsent(group, unused -> new Journal(first, mutant));
  }

  @Nullable Journal journal(String group) {
    return journals.get(group);
  }

  @Nullable MemoryStorage storage(int shard) {
    return storages.get(shard);
  }

  void storage(int shard, MemoryStorage storage) {
    storages.put(shard, storage);
  }

  /** The machine stops: what was not synced is lost, or some of it. */
  void crash(SplittableRandom random) {
    journals.values().forEach(journal -> journal.crash(random));
    storages.replaceAll((shard, storage) -> storage.afterCrash());
  }
}
