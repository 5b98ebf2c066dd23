package kvstore.testkit.simulation;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import kvstore.engine.storage.MemoryStorage;
import org.jspecify.annotations.Nullable;

/** What a node has that outlives its processes. */
final class Disk {

  private final Map<String, Journal> journals = new TreeMap<>();

  /** Of groups whose logs were deleted, what must never be forgotten. */
  private final Map<String, Journal.Former> former = new TreeMap<>();

  private final Map<Integer, MemoryStorage> storages = new TreeMap<>();
  private int numbered;
  private int forgotten;

  Journal journal(String group, Members first, Mutant mutant) {
    return journals.computeIfAbsent(group, unused -> new Journal(first, mutant, former.get(group)));
  }

  void forget(String group) {
    Journal deleted = journals.remove(group);
    if (deleted != null) {
      forgotten++;
      former.put(group, deleted.former());
    }
  }

  /** How many groups' logs were deleted. */
  int forgotten() {
    return forgotten;
  }

  @Nullable Journal journal(String group) {
    return journals.get(group);
  }

  /** A number under which there never was a storage. */
  int nextStorage() {
    return ++numbered;
  }

  @Nullable MemoryStorage storage(int number) {
    return storages.get(number);
  }

  void storage(int number, MemoryStorage storage) {
    storages.put(number, storage);
  }

  /** The machine stops: what was not synced is lost, or some of it. */
  void crash(SplittableRandom random) {
    journals.values().forEach(journal -> journal.crash(random));
    storages.replaceAll((number, storage) -> storage.afterCrash());
  }
}
