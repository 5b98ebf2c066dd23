package kvstore.engine.keyspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kvstore.engine.command.Command;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.StorageException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The keyspace against a map, with time passing, sweeps, crashes and batches given up. */
class ModelTest {
  private record Entry(String value, long expireAt) {}

  /** What a keyspace is meant to be. */
  private static final class Model {
    private final TreeMap<String, Entry> entries = new TreeMap<>();

    Model copy() {
      Model copy = new Model();
      copy.entries.putAll(entries);
      return copy;
    }

    void expire(long now) {
      entries.values().removeIf(e -> e.expireAt >= 0 && now > e.expireAt);
    }

    String run(long now, String name, String key, String argument) {
      expire(now);
      Entry old = entries.get(key);
      switch (name) {
        case "set":
          entries.put(key, new Entry(argument, -1));
          return "OK";
        case "psetex":
          entries.put(key, new Entry("x", now + Long.parseLong(argument)));
          return "OK";
        case "get":
          return old == null ? "(nil)" : '"' + old.value + '"';
        case "getdel":
          entries.remove(key);
          return old == null ? "(nil)" : '"' + old.value + '"';
        case "del":
          entries.remove(key);
          return old == null ? "0" : "1";
        case "remove":
          entries.remove(key);
          return old == null ? "(nil)" : "OK";
        case "append":
          String joined = (old == null ? "" : old.value) + argument;
          entries.put(key, new Entry(joined, old == null ? -1 : old.expireAt));
          return Integer.toString(joined.length());
        case "pexpire":
          if (old != null) {
            entries.put(key, new Entry(old.value, now + Long.parseLong(argument)));
          }
          return old == null ? "0" : "1";
        case "persist":
          if (old == null || old.expireAt < 0) {
            return "0";
          }
          entries.put(key, new Entry(old.value, -1));
          return "1";
        case "pttl":
          return old == null ? "-2" : old.expireAt < 0 ? "-1" : Long.toString(old.expireAt - now);
        case "rename":
          if (old == null) {
            return "ERR no such key";
          }
          entries.remove(key);
          entries.put(argument, old);
          return "OK";
        case "flushall":
          entries.clear();
          return "OK";
        case "keys":
          return entries.keySet().stream().collect(Collectors.joining(","));
        default:
          throw new IllegalArgumentException(name);
      }
    }
  }

  private static final String[] NAMES = {
    "set",
    "set",
    "psetex",
    "psetex",
    "get",
    "get",
    "getdel",
    "del",
    "remove",
    "append",
    "append",
    "pexpire",
    "pexpire",
    "persist",
    "pttl",
    "rename",
    "rename",
    "keys",
    "keys",
    "flushall"
  };

  @Property(tries = 150)
  void keyspaceBehavesLikeAMap(@ForAll long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    MemoryStorage storage = new MemoryStorage();
    Keyspace keyspace = open(storage);
    Model model = new Model();
    Model durable = model.copy();
    long now = 1000;
    for (int round = 0; round < 40; round++) {
      Model before = model.copy();
      boolean commit = random.nextInt(4) > 0;
      try (WriteSession session = keyspace.begin()) {
        long index = keyspace.appliedIndex();
        for (int i = random.nextInt(6); i >= 0; i--) {
          now += random.nextInt(30);
          session.entry(++index, 1, now);
          for (int c = random.nextInt(4); c >= 0; c--) {
            runBoth(random, session, model, now);
          }
        }
        if (commit) {
          session.commit();
        } else {
          model = before;
        }
      }
      if (random.nextInt(4) == 0) {
        sweep(keyspace, now);
      }
      if (random.nextInt(4) == 0) {
        keyspace.flush();
        durable = model.copy();
      }
      checkCounts(storage, keyspace);
      if (random.nextInt(8) == 0) {
        storage = storage.afterCrash();
        keyspace = open(storage);
        model = durable.copy();
      }
    }
    keyspace.close();
  }

  private static Keyspace open(MemoryStorage storage) throws StorageException {
    return Keyspace.open(
        storage,
        Scene::slotOf,
        KeyspaceLimits.DEFAULT,
        new SplittableRandom(1),
        new RecordCache(64 << 10));
  }

  private static void runBoth(SplittableRandom random, WriteSession session, Model model, long now)
      throws StorageException {
    String name = NAMES[random.nextInt(NAMES.length)];
    if (name.equals("flushall") && random.nextInt(3) > 0) {
      return;
    }
    String key = "k" + random.nextInt(6);
    String other = "k" + random.nextInt(6);
    String number = Integer.toString(1 + random.nextInt(60));
    String argument = name.equals("rename") ? other : number;
    String expected = model.run(now, name, key, argument);
    Command command =
        switch (name) {
          case "get", "getdel", "del", "remove", "persist", "pttl" -> Scene.command(name, key);
          case "psetex" -> Scene.command(name, key, argument, "x");
          case "keys" -> Scene.command(name, "*");
          case "flushall" -> Scene.command(name);
          default -> Scene.command(name, key, argument);
        };
    boolean write = command.operation().writes();
    String actual = Scene.text(write ? session.execute(command) : session.read(command, now));
    if (name.equals("keys")) {
      actual =
          java.util.Arrays.stream(actual.replaceAll("[\\[\\] \"]", "").split(","))
              .sorted()
              .collect(Collectors.joining(","));
    }
    assertThat(actual).as("%s %s %s at %d", name, key, argument, now).isEqualTo(expected);
  }

  private static void sweep(Keyspace keyspace, long now) throws StorageException {
    Command sweep = keyspace.expirySweep(now, 3);
    if (sweep == null) {
      return;
    }
    try (WriteSession session = keyspace.begin()) {
      session.entry(keyspace.appliedIndex() + 1, 1, now);
      String swept = Scene.text(session.execute(sweep));
      assertThat(swept).isEqualTo(Integer.toString(sweep.arguments().length));
      session.commit();
    }
  }

  private static void checkCounts(MemoryStorage storage, Keyspace keyspace) throws Exception {
    assertThat(keyspace.keyCount()).isEqualTo(storage.contents(ColumnFamily.RECORDS).size());
    long expiring =
        storage.contents(ColumnFamily.RECORDS).values().stream()
            .filter(value -> value[1] == 1)
            .count();
    assertThat(keyspace.stats().expiring()).isEqualTo(expiring);
    var index = storage.contents(ColumnFamily.EXPIRY).keySet();
    assertThat(index).hasSize((int) expiring);
    for (byte[] key : index) {
      byte[] recordKey = java.util.Arrays.copyOfRange(key, 8, key.length);
      byte[] record = storage.contents(ColumnFamily.RECORDS).get(recordKey);
      assertThat(record).as(new String(recordKey, ISO_8859_1)).isNotNull();
      assertThat(java.util.Arrays.copyOfRange(record, 2, 10))
          .isEqualTo(java.util.Arrays.copyOf(key, 8));
    }
  }
}
