package kvstore.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import kvstore.engine.command.Command;
import kvstore.engine.command.Transaction;
import kvstore.engine.redis.RandomCommands;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.engine.storage.rocksdb.RocksDbStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same log must come to the same, however it is cut into sessions and wherever it is kept. */
class EquivalenceTest {
  private static final int ENTRIES = 3000;

  @TempDir Path folder;

  /** Entries of a log: commands with a leader time. */
  private record Entry(long timeMs, List<Command> commands) {}

  private static List<Entry> log(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    RandomCommands commands = new RandomCommands(seed);
    List<Entry> log = new ArrayList<>();
    long time = 1_000_000;
    for (int i = 0; i < ENTRIES; i++) {
      time += random.nextInt(20);
      List<Command> entry = new ArrayList<>();
      for (int c = random.nextInt(4); c >= 0; c--) {
        entry.add(command(random, commands));
      }
      log.add(new Entry(time, entry));
    }
    return log;
  }

  private static Command command(SplittableRandom random, RandomCommands commands) {
    switch (random.nextInt(12)) {
      case 0:
        return Scene.command("psetex", "k" + random.nextInt(5), 1 + random.nextInt(50), "v");
      case 1:
        return Scene.command("randomkey");
      case 2:
        return Scene.command("watch-versions", "a", "b", "key:1");
      case 3:
        return Scene.command("setrange", "a", 20_000 + random.nextInt(5), "x");
      case 4:
        return Transaction.of(
            List.of(), List.of(of(commands.next()), of(commands.next()), of(commands.next())));
      default:
        return of(commands.next());
    }
  }

  private static Command of(List<byte[]> words) {
    return Scene.command(
        new String(words.get(0), StandardCharsets.US_ASCII),
        words.subList(1, words.size()).toArray());
  }

  /**
   * @param entriesPerSession most entries that one session applies
   */
  private static List<String> apply(Keyspace keyspace, List<Entry> log, int entriesPerSession)
      throws StorageException {
    SplittableRandom random = new SplittableRandom(entriesPerSession);
    List<String> outcomes = new ArrayList<>();
    int next = (int) keyspace.appliedIndex();
    while (next < log.size()) {
      try (WriteSession session = keyspace.begin()) {
        int end = Math.min(log.size(), next + 1 + random.nextInt(entriesPerSession));
        for (; next < end; next++) {
          session.entry(next + 1, 1, log.get(next).timeMs());
          for (Command command : log.get(next).commands()) {
            outcomes.add(Scene.text(session.execute(command)));
          }
        }
        session.commit();
      }
    }
    return outcomes;
  }

  private static List<String> dump(Storage storage) throws StorageException {
    List<String> dump = new ArrayList<>();
    for (ColumnFamily family : ColumnFamily.values()) {
      storage.visit(
          family,
          new byte[0],
          new byte[] {-1},
          ReadTier.DISK,
          (key, head, length) ->
              dump.add(
                  family
                      + HexFormat.of().formatHex(key)
                      + Arrays.hashCode(storage.get(family, key, ReadTier.DISK))));
    }
    return dump;
  }

  private static Keyspace open(Storage storage) throws StorageException {
    return Keyspace.open(storage, Scene::slotOf, Scene.LIMITS, new SplittableRandom(1));
  }

  @Test
  void outcomesDoNotDependOnHowEntriesAreCutIntoSessions() throws Exception {
    long seed = System.nanoTime();
    List<Entry> log = log(seed);
    MemoryStorage single = new MemoryStorage();
    MemoryStorage many = new MemoryStorage();
    List<String> expected = apply(open(single), log, 1);
    assertThat(apply(open(many), log, 50)).as("seed %d", seed).isEqualTo(expected);
    assertThat(dump(many)).as("seed %d", seed).isEqualTo(dump(single));
  }

  @Test
  void rocksDbComesToTheSameAsMemory() throws Exception {
    long seed = System.nanoTime();
    List<Entry> log = log(seed);
    MemoryStorage memory = new MemoryStorage();
    List<String> expected = apply(open(memory), log, 20);
    List<String> actual = new ArrayList<>();
    try (RocksDbResources resources = new RocksDbResources(RocksDbResources.Options.TINY)) {
      for (int part = 1; part <= 3; part++) {
        try (RocksDbStorage storage = RocksDbStorage.open(folder.resolve("db"), resources)) {
          actual.addAll(apply(open(storage), log.subList(0, ENTRIES * part / 3), 7));
          storage.flush();
          if (part == 3) {
            assertThat(dump(storage)).as("seed %d", seed).isEqualTo(dump(memory));
          }
        }
      }
    }
    assertThat(actual).as("seed %d", seed).isEqualTo(expected);
  }

  @Test
  void checkpointGoesOnAsTheOriginalDoes() throws Exception {
    List<Entry> log = log(7);
    MemoryStorage original = new MemoryStorage();
    Keyspace keyspace = open(original);
    apply(keyspace, log.subList(0, 500), 5);
    keyspace.checkpoint(folder.resolve("checkpoint"));
    apply(keyspace, log, 5);
    MemoryStorage copy = MemoryStorage.fromCheckpoint(folder.resolve("checkpoint"));
    Keyspace restored = open(copy);
    assertThat(restored.appliedIndex()).isEqualTo(500);
    apply(restored, log, 9);
    assertThat(dump(copy)).isEqualTo(dump(original));
  }
}
