package kvstore.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.Value;
import kvstore.engine.storage.FaultyStorage;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordCacheTest {

  private static final int KEYS = 40;
  private static final int STEPS = 60_000;
  private static final int READERS = 3;

  private long index;

  @Test
  void neverHoldsMoreThanItMay() {
    RecordCache cache = new RecordCache(64 << 10);
    long owner = cache.newOwner();
    SplittableRandom random = new SplittableRandom(7);
    cache.lock().lock();
    try {
      for (int i = 0; i < 20_000; i++) {
        byte[] value = new byte[random.nextInt(6_000)];
        cache.put(owner, name("k" + random.nextInt(3_000)), value(value));
        assertThat(cache.bytes()).isBetween(0L, 64L << 10);
      }
    } finally {
      cache.lock().unlock();
    }
  }

  @Test
  void keepsWhatIsUsedRatherThanWhatIsNot() {
    RecordCache cache = new RecordCache(64 << 10);
    long owner = cache.newOwner();
    cache.lock().lock();
    try {
      int kept = 0;
      for (int i = 0; i < 10_000; i++) {
        cache.put(owner, name("passing" + i), value(new byte[100]));
        if (cache.get(owner, name("used")) != null) {
          kept++;
        } else {
          cache.put(owner, name("used"), value(new byte[100]));
        }
      }
      assertThat(kept).isGreaterThan(9_990); // 9,960 if the oldest gave way, used or not
    } finally {
      cache.lock().unlock();
    }
  }

  /** As many as 100,000 keys are for the usual heap; and nearly as many as there is room for. */
  @ParameterizedTest
  @CsvSource({"4194304, 6250, 200", "4194304, 18000, 100", "7340032, 31500, 100"})
  void nearlyAllStayWhereThereIsRoomForAll(int maxBytes, int keys, int oneIn) {
    RecordCache cache = new RecordCache(maxBytes);
    long owner = cache.newOwner();
    cache.lock().lock();
    try {
      for (int i = 0; i < keys; i++) {
        cache.put(owner, name("key:" + i), value(new byte[128]));
      }
      int missing = 0;
      for (int i = 0; i < keys; i++) {
        missing += cache.get(owner, name("key:" + i)) == null ? 1 : 0;
      }
      assertThat(missing).isLessThan(keys / oneIn);
    } finally {
      cache.lock().unlock();
    }
  }

  /** Values as long as the one before, shorter and longer ones; of what was forgotten, none. */
  @Test
  void tellsWhatWasPutLast() {
    RecordCache cache = new RecordCache(64 << 10);
    long owner = cache.newOwner();
    Map<String, Value> model = new HashMap<>();
    SplittableRandom random = new SplittableRandom(11);
    int found = 0;
    cache.lock().lock();
    try {
      for (int i = 0; i < 200_000; i++) {
        String key = "k" + random.nextInt(300);
        int what = random.nextInt(10);
        if (what == 0) {
          cache.remove(owner, name(key));
          model.remove(key);
        } else if (what < 4) {
          byte[] bytes = bytes(random, random.nextInt(8) == 0 ? 5_000 : 8 * random.nextInt(40));
          Value value = new Value(Value.STRING, random.nextInt(3) - 1, i, bytes, 0);
          cache.put(owner, name(key), value);
          model.put(key, value);
        } else if (i % 1_000 == 0) {
          owner = cache.newOwner();
          model.clear();
        }
        Value value = cache.get(owner, name(key));
        if (value != null) {
          found++;
          Value last = model.get(key);
          assertThat(last).isNotNull();
          assertThat(value.version()).isEqualTo(last.version());
          assertThat(value.expireAtMs()).isEqualTo(last.expireAtMs());
          assertThat(value.payload()).isEqualTo(last.payload());
        }
      }
    } finally {
      cache.lock().unlock();
    }
    assertThat(found).isGreaterThan(50_000);
  }

  /**
   * Every value is its version over and over, its key's number in front, so that parts of two show.
   * Entries are rewritten in place, moved, and overwritten by others, all while they are read.
   */
  @Test
  void neverTellsPartsOfTwoValues() throws Exception {
    RecordCache cache = new RecordCache(64 << 10);
    long owner = cache.newOwner();
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(READERS);
    try {
      List<Future<Long>> readers = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        int seed = reader;
        readers.add(pool.submit(() -> checkWhole(cache, owner, over, seed)));
      }
      SplittableRandom random = new SplittableRandom(5);
      for (int step = 0; step < 20 * STEPS; step++) {
        int key = random.nextInt(200);
        byte[] bytes = new byte[lengthOf(step)];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).putLong(key);
        while (buffer.remaining() >= Long.BYTES) {
          buffer.putLong(step);
        }
        cache.lock().lock();
        try {
          cache.put(owner, name("k" + key), new Value(Value.STRING, step, step, bytes, 0));
        } finally {
          cache.lock().unlock();
        }
      }
      over.set(true);
      for (Future<Long> reader : readers) {
        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
      }
    } finally {
      over.set(true);
      pool.shutdownNow();
    }
  }

  /** Mostly such that a value takes as many bytes as the one before, and is not as long. */
  private static int lengthOf(long step) {
    return step % 50 == 0 ? (int) (Long.BYTES * (1 + step / 50 % 60)) : 320 - (int) (step % 3);
  }

  /** How many values were found. */
  private static long checkWhole(RecordCache cache, long owner, AtomicBoolean over, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long found = 0;
    while (!over.get()) {
      int key = random.nextInt(200);
      Value value = cache.get(owner, name("k" + key));
      if (value != null) {
        found++;
        ByteBuffer buffer = ByteBuffer.wrap(value.payload());
        assertThat(buffer.capacity()).isEqualTo(lengthOf(value.version()));
        assertThat(buffer.getLong()).isEqualTo(key);
        assertThat(value.expireAtMs()).isEqualTo(value.version());
        while (buffer.remaining() >= Long.BYTES) {
          assertThat(buffer.getLong()).isEqualTo(value.version());
        }
      }
    }
    return found;
  }

  /**
   * A counter that nobody reads grows longer now and then, and must not cost others their place.
   */
  @Test
  void whatIsOnlyWrittenPushesNothingOut() {
    RecordCache cache = new RecordCache(64 << 10);
    long owner = cache.newOwner();
    cache.lock().lock();
    try {
      cache.put(owner, name("written"), value(new byte[8]));
      cache.put(owner, name("read"), value(new byte[100]));
      for (int i = 0; i < 10_000; i++) {
        cache.replace(owner, name("written"), value(new byte[8 + 8 * (i % 200)]));
      }
      assertThat(cache.get(owner, name("read"))).isNotNull();
    } finally {
      cache.lock().unlock();
    }
  }

  @Test
  void keyspacesThatShareItDoNotSeeEachOther() throws StorageException {
    RecordCache cache = new RecordCache(64 << 10);
    try (Keyspace one = open(new MemoryStorage(), cache);
        Keyspace other = open(new MemoryStorage(), cache)) {
      set(one, "k", "1");
      assertThat(get(one, "k")).isEqualTo("1"); // what is read is kept
      assertThat(get(other, "k")).isNull();
      set(other, "k", "2");
      assertThat(get(one, "k")).isEqualTo("1");
    }
  }

  @Test
  void emptyingTheKeyspaceEmptiesTheCache() throws StorageException {
    try (Keyspace keyspace = open(new MemoryStorage(), new RecordCache(64 << 10))) {
      set(keyspace, "k", "1");
      assertThat(get(keyspace, "k")).isEqualTo("1");
      write(keyspace, "flushall");
      assertThat(get(keyspace, "k")).isNull();
    }
  }

  @Test
  void failedWriteLeavesNothingBehind() throws StorageException {
    FaultyStorage storage = new FaultyStorage(new MemoryStorage());
    try (Keyspace keyspace = open(storage, new RecordCache(64 << 10))) {
      set(keyspace, "k", "1");
      assertThat(get(keyspace, "k")).isEqualTo("1"); // what is read is kept
      storage.fail(StorageException.Kind.NO_SPACE);
      assertThatThrownBy(() -> set(keyspace, "k", "2")).isInstanceOf(StorageException.class);
      assertThat(get(keyspace, "k")).isEqualTo("1");
      storage.heal();
      set(keyspace, "k", "3");
      assertThat(get(keyspace, "k")).isEqualTo("3");
    }
  }

  /** One key is read from the cache, the other from the storage, which has them both by then. */
  @Test
  void whoSeesOnePartOfACommitSeesItsOtherParts() throws StorageException {
    FaultyStorage storage = new FaultyStorage(new MemoryStorage());
    String long1 = "1".repeat(5_000); // too long for the cache
    String long2 = "2".repeat(5_000);
    try (Keyspace keyspace = open(storage, new RecordCache(64 << 10))) {
      write(keyspace, "mset", "short", "1", "long", long1);
      assertThat(get(keyspace, "short")).isEqualTo("1");
      List<String> seen = new ArrayList<>();
      storage.whenWritten(() -> {
        seen.add(get(keyspace, "long"));
        seen.add(get(keyspace, "short"));
      });
      write(keyspace, "mset", "short", "2", "long", long2);
      write(keyspace, "flushall");
      assertThat(seen).containsExactly(long2, "2", null, null);
    }
  }

  /**
   * A read that begins after a commit has ended sees it. Each key counts its changes; every third
   * one deletes it. The cache is too small for all keys, so that readers fill it all the time.
   */
  @Test
  void readAfterCommitNeverSeesWhatWasBefore() throws Exception {
    AtomicLongArray committed = new AtomicLongArray(KEYS);
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(READERS);
    try (Keyspace keyspace = open(new MemoryStorage(), new RecordCache(64 << 10))) {
      List<Future<Long>> readers = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        int seed = reader;
        readers.add(pool.submit(() -> check(keyspace, committed, over, seed)));
      }
      SplittableRandom random = new SplittableRandom(3);
      byte[] filler = new byte[2_500]; // 40 of these are more than 64 KiB
      for (int step = 0; step < STEPS; step++) {
        int key = random.nextInt(KEYS);
        long next = committed.get(key) + 1;
        if (next % 3 == 0) {
          write(keyspace, "del", "k" + key);
        } else {
          write(keyspace, "set", "k" + key, padded(next, filler));
        }
        committed.set(key, next);
      }
      over.set(true);
      long seen = 0;
      for (Future<Long> reader : readers) {
        seen += reader.get(60, TimeUnit.SECONDS);
      }
      assertThat(seen).isPositive();
    } finally {
      over.set(true);
      pool.shutdownNow();
    }
  }

  private static long check(
      Keyspace keyspace, AtomicLongArray committed, AtomicBoolean over, int seed)
      throws StorageException {
    SplittableRandom random = new SplittableRandom(seed);
    long reads = 0;
    while (!over.get()) {
      int key = random.nextInt(KEYS);
      long before = committed.get(key);
      String value = get(keyspace, "k" + key);
      long after = committed.get(key);
      if (value != null) {
        assertThat(Long.parseLong(value.trim())).isGreaterThanOrEqualTo(before);
      } else if (before != 0) {
        // some deletion was committed last, or was about to be, while the read went on
        assertThat((after + 1) / 3 * 3).isGreaterThanOrEqualTo(before);
      }
      reads++;
    }
    return reads;
  }

  private static byte[] padded(long number, byte[] filler) {
    byte[] value = new byte[filler.length];
    java.util.Arrays.fill(value, (byte) ' ');
    byte[] digits = Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, value, 0, digits.length);
    return value;
  }

  private static Keyspace open(Storage storage, RecordCache cache) throws StorageException {
    return Keyspace.open(storage, Scene::slotOf, Scene.LIMITS, new SplittableRandom(1), cache);
  }

  private void set(Keyspace keyspace, String key, String value) throws StorageException {
    write(keyspace, "set", key, value);
  }

  private void write(Keyspace keyspace, String name, Object... arguments) throws StorageException {
    try (WriteSession session = keyspace.begin()) {
      session.entry(++index, 1, 1);
      session.execute(Scene.command(name, arguments));
      session.commit();
    }
  }

  private static @Nullable String get(Keyspace keyspace, String key) throws StorageException {
    Outcome outcome = keyspace.read(Scene.command("get", key), 1, ReadTier.DISK);
    return outcome instanceof Outcome.Bytes bytes
        ? new String(bytes.value(), StandardCharsets.UTF_8)
        : null;
  }

  private static PendingKey.Name name(String key) {
    return new PendingKey.Name(key.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] bytes(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Value value(byte[] bytes) {
    return new Value(Value.STRING, Value.NEVER, 1, bytes, 0);
  }
}
