package kvstore.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.FaultyStorage;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LastingKeysTest {

  private static final long PLENTY = 64 << 10;
  private static final int PART_BYTES = 192 << 10;

  private final SipHash hash = new SipHash(1, 2); // the same keys push each other out each time
  private final FaultyStorage storage = new FaultyStorage(new MemoryStorage());
  private long index;

  @Test
  void growsWithTheKeysAndForgetsFewAsLongAsThereIsRoom() {
    LastingKeys keys = new LastingKeys(16 << 20);
    int part = keys.size();
    assertThat(part).isEqualTo(PART_BYTES / Long.BYTES);
    for (int count = 50_000; count <= 700_000; count += 50_000) {
      for (int i = count - 50_000; i < count; i++) {
        keys.add(hashed("k" + i));
        assertThat(keys.has(hash)).isTrue();
      }
      assertThat(keys.size()).isLessThanOrEqualTo(Math.max(part, count * 5 / 2 + part));
      assertThat(held(keys, count)).isGreaterThan(count * 99 / 100);
    }
    for (int i = 0; i < 700_000; i++) {
      keys.remove(hashed("k" + i));
    }
    assertThat(held(keys, 700_000)).isZero();
  }

  @Test
  void newKeysPushOutOthersWhenItIsFull() {
    int bytes = 8 * PART_BYTES;
    LastingKeys keys = new LastingKeys(bytes);
    for (int i = 0; i < 1_000_000; i++) {
      keys.add(hashed("k" + i));
      assertThat(keys.has(hash)).isTrue();
    }
    assertThat(keys.size()).isEqualTo(bytes / Long.BYTES);
    assertThat(held(keys, 1_000_000)).isBetween(keys.size() * 95 / 100, keys.size());
  }

  /** As many keys as a node's usual heap is meant for: four fifths of its places. */
  @Test
  void forgetsFewUpToFourFifthsOfItsRoom() {
    int bytes = 64 * PART_BYTES;
    LastingKeys keys = new LastingKeys(bytes);
    int count = bytes / Long.BYTES * 4 / 5;
    for (int i = 0; i < count; i++) {
      keys.add(hashed("k" + i));
    }
    assertThat(held(keys, count)).isGreaterThan(count / 100 * 98);
  }

  private int held(LastingKeys keys, int count) {
    int held = 0;
    for (int i = 0; i < count; i++) {
      held += keys.has(hashed("k" + i)) ? 1 : 0;
    }
    return held;
  }

  @Test
  void knowsNothingOfWhatWasNotAddedOrIsRemoved() {
    LastingKeys keys = new LastingKeys(PLENTY);
    for (int i = 0; i < 1_000; i++) {
      assertThat(keys.has(hashed("k" + i))).isFalse();
      keys.add(hash);
      keys.add(hash);
      keys.remove(hash);
      assertThat(keys.has(hash)).isFalse();
    }
  }

  @Test
  void holdsNothingWithoutRoom() {
    for (int bytes : new int[] {0, 1, 63}) {
      LastingKeys keys = new LastingKeys(bytes);
      keys.add(hashed("k"));
      keys.remove(hash);
      assertThat(keys.has(hash)).isFalse();
      assertThat(keys.size()).isZero();
    }
  }

  /** Values are too long for the cache, so that only their keys are known. */
  @Test
  void whatIsKnownIsReplacedAndRemovedWithoutBeingRead() throws StorageException {
    String longValue = "v".repeat(5_000);
    try (Keyspace keyspace = open()) {
      run(keyspace, "set", "k", longValue);
      long before = storage.reads();
      run(keyspace, "set", "k", longValue);
      run(keyspace, "mset", "k", longValue);
      run(keyspace, "del", "k");
      assertThat(storage.reads()).isEqualTo(before);
      assertThat(keyspace.keyCount()).isZero();
      run(keyspace, "set", "k", longValue);
      assertThat(storage.reads()).isEqualTo(before + 1);
      assertThat(keyspace.keyCount()).isOne();
    }
  }

  @Test
  void timeOfExpiryIsNotForgotten() throws StorageException {
    try (Keyspace keyspace = open()) {
      run(keyspace, "set", "k", "v".repeat(5_000));
      run(keyspace, "set", "k", "v".repeat(5_000), "px", "1000");
      assertThat(keyspace.stats().expiring()).isOne();
      assertThat(times()).isOne();
      run(keyspace, "set", "k", "v".repeat(5_000));
      assertThat(keyspace.stats().expiring()).isZero();
      assertThat(times()).isZero();
      run(keyspace, "pexpire", "k", "1000");
      run(keyspace, "set", "k", "v".repeat(5_000));
      assertThat(times()).isZero();
      assertThat(keyspace.keyCount()).isOne();
    }
  }

  @Test
  void emptyingTheKeyspaceForgetsItsKeys() throws StorageException {
    try (Keyspace keyspace = open()) {
      run(keyspace, "set", "k", "1");
      run(keyspace, "flushall");
      run(keyspace, "set", "k", "2");
      assertThat(keyspace.keyCount()).isOne();
    }
  }

  @Test
  void emptyingItWithinAnEntryCountsToo() throws StorageException {
    try (Keyspace keyspace = open()) {
      run(keyspace, "set", "k", "1");
      try (WriteSession session = keyspace.begin()) {
        session.entry(++index, 1, 1_000);
        session.execute(Scene.command("flushall"));
        session.execute(Scene.command("set", "k", "2"));
        session.execute(Scene.command("del", "k"));
        session.execute(Scene.command("set", "k", "3"));
        session.commit();
      }
      assertThat(keyspace.keyCount()).isOne();
    }
  }

  @Test
  void writeThatFailsMakesNothingKnown() throws StorageException {
    try (Keyspace keyspace = open()) {
      storage.fail(StorageException.Kind.NO_SPACE);
      assertThatThrownBy(() -> run(keyspace, "set", "k", "1")).isInstanceOf(StorageException.class);
      storage.heal();
      run(keyspace, "set", "k", "1");
      assertThat(keyspace.keyCount()).isOne();
      storage.fail(StorageException.Kind.NO_SPACE);
      assertThatThrownBy(() -> run(keyspace, "del", "k")).isInstanceOf(StorageException.class);
      storage.heal();
      run(keyspace, "set", "k", "1");
      assertThat(keyspace.keyCount()).isOne();
    }
  }

  @Test
  void keyspacesThatShareThemDoNotSeeEachOther() throws StorageException {
    RecordCache cache = new RecordCache(PLENTY);
    try (Keyspace one = open(storage, cache);
        Keyspace other = open(new FaultyStorage(new MemoryStorage()), cache)) {
      run(one, "set", "k", "1");
      run(other, "set", "k", "1");
      assertThat(other.keyCount()).isOne();
    }
  }

  /** Each keyspace's table parts are moved by the other's writes, too. */
  @Test
  void keyspacesCountTheirKeysRightWhileTheTableGrows() throws Exception {
    RecordCache cache = new RecordCache(4 << 20);
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (Keyspace one = open(new FaultyStorage(new MemoryStorage()), cache);
        Keyspace other = open(new FaultyStorage(new MemoryStorage()), cache)) {
      Future<?> first = pool.submit(() -> change(one, 1));
      Future<?> second = pool.submit(() -> change(other, 2));
      first.get();
      second.get();
    } finally {
      pool.shutdownNow();
    }
  }

  private static @Nullable Void change(Keyspace keyspace, long seed) throws StorageException {
    SplittableRandom random = new SplittableRandom(seed);
    BitSet there = new BitSet();
    for (int entry = 1; entry <= 2_000; entry++) {
      try (WriteSession session = keyspace.begin()) {
        session.entry(entry, 1, 1_000);
        for (int i = 0; i < 200; i++) {
          int key = random.nextInt(150_000);
          boolean put = random.nextInt(3) > 0;
          Outcome outcome =
              session.execute(
                  put ? Scene.command("set", "k" + key, "") : Scene.command("del", "k" + key));
          assertThat(outcome).isEqualTo(put ? Outcome.OK : new Outcome.Int(there.get(key) ? 1 : 0));
          there.set(key, put);
        }
        session.commit();
      }
      assertThat(keyspace.keyCount()).isEqualTo(there.cardinality());
    }
    return null;
  }

  private Keyspace open() throws StorageException {
    return open(storage, new RecordCache(PLENTY));
  }

  private static Keyspace open(FaultyStorage storage, RecordCache cache) throws StorageException {
    return Keyspace.open(
        storage, Scene::slotOf, KeyspaceLimits.DEFAULT, new SplittableRandom(1), cache);
  }

  private void run(Keyspace keyspace, String name, Object... arguments) throws StorageException {
    try (WriteSession session = keyspace.begin()) {
      session.entry(++index, 1, 1_000);
      session.execute(Scene.command(name, arguments));
      session.commit();
    }
  }

  /** Entries of the expiry index. */
  private int times() throws StorageException {
    int[] count = {0};
    storage.visit(
        ColumnFamily.EXPIRY,
        StorageKeys.FIRST,
        StorageKeys.expiryBefore(Long.MAX_VALUE),
        ReadTier.DISK,
        (key, head, length) -> ++count[0] > 0);
    return count[0];
  }

  private SipHash hashed(String key) {
    hash.hash(key.getBytes(StandardCharsets.US_ASCII));
    return hash;
  }
}
