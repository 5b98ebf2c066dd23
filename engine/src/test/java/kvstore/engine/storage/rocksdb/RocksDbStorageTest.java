package kvstore.engine.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import kvstore.engine.keyspace.Scene;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.StorageException.Kind;
import kvstore.engine.storage.StorageSnapshot;
import kvstore.engine.storage.WouldBlockException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksDbStorageTest {
  @TempDir Path folder;
  private final RocksDbResources resources = new RocksDbResources(RocksDbResources.Options.TINY);

  @AfterEach
  void closeResources() {
    resources.close();
  }

  private RocksDbStorage open() throws StorageException {
    return RocksDbStorage.open(folder.resolve("db"), resources);
  }

  private static void put(Storage storage, String key, String value) throws StorageException {
    try (StorageBatch batch = storage.newBatch()) {
      batch.put(ColumnFamily.RECORDS, key.getBytes(UTF_8), value.getBytes(UTF_8));
      storage.write(batch);
    }
  }

  private static String get(kvstore.engine.storage.StorageReader storage, String key)
      throws StorageException {
    byte[] value = storage.get(ColumnFamily.RECORDS, key.getBytes(UTF_8), ReadTier.DISK);
    return value == null ? "none" : new String(value, UTF_8);
  }

  @Test
  void closeMakesWritesDurable() throws Exception {
    try (RocksDbStorage storage = open()) {
      put(storage, "a", "1");
    }
    try (RocksDbStorage storage = open()) {
      assertThat(get(storage, "a")).isEqualTo("1");
    }
  }

  @Test
  void snapshotShowsItsMomentAndMayOutliveTheStorage() throws Exception {
    RocksDbStorage storage = open();
    put(storage, "a", "1");
    StorageSnapshot snapshot = storage.snapshot();
    put(storage, "a", "2");
    assertThat(get(snapshot, "a")).isEqualTo("1");
    assertThat(get(storage, "a")).isEqualTo("2");
    storage.close();
    assertThatThrownBy(() -> get(snapshot, "a")).isInstanceOf(StorageException.class);
    snapshot.close();
    assertThatThrownBy(() -> get(storage, "a"))
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CLOSED));
  }

  @Test
  void memoryTierRefusesToReadFromDisk() throws Exception {
    try (RocksDbStorage storage = open()) {
      for (int i = 0; i < 1000; i++) {
        put(storage, "key" + i, "v".repeat(100));
      }
      storage.flush();
    }
    try (RocksDbStorage storage = open()) {
      byte[] key = "key500".getBytes(UTF_8);
      assertThatThrownBy(() -> storage.get(ColumnFamily.RECORDS, key, ReadTier.MEMORY))
          .isInstanceOf(WouldBlockException.class);
      assertThatThrownBy(() ->
              storage.visit(
                  ColumnFamily.RECORDS,
                  new byte[0],
                  new byte[] {-1},
                  ReadTier.MEMORY,
                  (k, head, length) -> true))
          .isInstanceOf(WouldBlockException.class);
      assertThat(storage.get(ColumnFamily.RECORDS, key, ReadTier.DISK)).hasSize(100);
      assertThat(storage.get(ColumnFamily.RECORDS, key, ReadTier.MEMORY)).hasSize(100);
    }
  }

  @Test
  void visitShowsARangeInOrderWithTheHeadsOfValues() throws Exception {
    try (RocksDbStorage storage = open()) {
      put(storage, "a", "1");
      put(storage, "b", "x".repeat(1000));
      put(storage, "c", "");
      put(storage, "d", "4");
      List<String> seen = new ArrayList<>();
      storage.visit(
          ColumnFamily.RECORDS,
          "b".getBytes(UTF_8),
          "d".getBytes(UTF_8),
          ReadTier.DISK,
          (key, head, length) -> seen.add(new String(key, UTF_8) + length));
      assertThat(seen).containsExactly("b32", "c0");
    }
  }

  @Test
  void checkpointHoldsTheStateAndRestoreReplacesADatabase() throws Exception {
    Path checkpoint = folder.resolve("checkpoint");
    Files.createDirectory(checkpoint);
    try (RocksDbStorage storage = open()) {
      put(storage, "a", "1");
      storage.checkpoint(checkpoint);
      put(storage, "a", "2");
    }
    RocksDbStorage.restore(checkpoint, folder.resolve("db"));
    try (RocksDbStorage storage = open()) {
      assertThat(get(storage, "a")).isEqualTo("1");
      put(storage, "a", "3");
    }
    RocksDbStorage.restore(checkpoint, folder.resolve("db"));
    try (RocksDbStorage storage = open()) {
      assertThat(get(storage, "a")).isEqualTo("1");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("db", "checkpoint");
    }
  }

  @Test
  void restoreInterruptedAnywhereLeavesTheOldOrTheNewDatabase() throws Exception {
    Path checkpoint = folder.resolve("checkpoint");
    Path db = folder.resolve("db");
    try (RocksDbStorage storage = open()) {
      put(storage, "a", "new");
      storage.checkpoint(checkpoint);
      put(storage, "a", "old");
    }
    // While the copy is being written.
    Files.createDirectory(CheckpointRestore.restoring(db));
    Files.createFile(CheckpointRestore.restoring(db).resolve("CURRENT"));
    assertContent("old");
    // Copy complete, nothing renamed yet.
    CheckpointRestore.copy(checkpoint, CheckpointRestore.restoring(db));
    assertContent("old");
    // Old one out of the way.
    CheckpointRestore.copy(checkpoint, CheckpointRestore.restoring(db));
    Files.move(db, CheckpointRestore.replaced(db));
    assertContent("new");
    // New one in place, old one not deleted yet.
    Files.createDirectory(CheckpointRestore.replaced(db));
    Files.createFile(CheckpointRestore.replaced(db).resolve("000001.sst"));
    assertContent("new");
    assertThat(CheckpointRestore.replaced(db)).doesNotExist();
    assertThat(CheckpointRestore.restoring(db)).doesNotExist();
  }

  private void assertContent(String expected) throws StorageException {
    try (RocksDbStorage storage = open()) {
      assertThat(get(storage, "a")).isEqualTo(expected);
    }
  }

  @Test
  void restoreOfSomethingElseIsRefusedAndChangesNothing() throws Exception {
    try (RocksDbStorage storage = open()) {
      put(storage, "a", "1");
    }
    assertThatThrownBy(() -> RocksDbStorage.restore(folder, folder.resolve("db")))
        .isInstanceOf(StorageException.class);
    assertContent("1");
  }

  @Test
  void whatACrashLeavesIsOfOneMoment() throws Exception {
    Path crashed = folder.resolve("crashed");
    try (RocksDbStorage storage = open();
        Scene scene = new Scene(storage)) {
      for (int i = 1; i <= 3000; i++) {
        scene.run("set", "key" + i, "v".repeat(300), "EX", "1000");
      }
      awaitQuiet(storage);
      copyFiles(folder.resolve("db"), crashed);
    }
    try (RocksDbStorage storage = RocksDbStorage.open(crashed, resources);
        Scene scene = new Scene(storage)) {
      long applied = scene.keyspace().appliedIndex();
      assertThat(applied).isBetween(1L, 3000L);
      assertThat(scene.keyspace().keyCount()).isEqualTo(applied);
      assertThat(scene.say("exists", "key" + applied)).isEqualTo("1");
      assertThat(scene.say("exists", "key" + (applied + 1))).isEqualTo("0");
      int[] expiring = {0};
      storage.visit(
          ColumnFamily.EXPIRY,
          new byte[0],
          new byte[] {-1},
          ReadTier.DISK,
          (key, head, length) -> ++expiring[0] > 0);
      assertThat(expiring[0]).isEqualTo((int) applied);
    }
  }

  private static void awaitQuiet(RocksDbStorage storage) {
    while (storage.stats().fileBytes() == 0
        || storage.stats().runningFlushes() + storage.stats().runningCompactions() > 0) {
      Thread.onSpinWait();
    }
  }

  /** As a crash would leave them: without what is in memory only. */
  private static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("LOCK")) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }

  @Test
  void flippedByteIsReportedAsCorruption() throws Exception {
    try (RocksDbStorage storage = open()) {
      for (int i = 0; i < 1000; i++) {
        put(storage, "key" + i, "value" + i);
      }
    }
    try (Stream<Path> files = Files.list(folder.resolve("db"))) {
      Path table = files.filter(f -> f.toString().endsWith(".sst")).findFirst().orElseThrow();
      try (RandomAccessFile file = new RandomAccessFile(table.toFile(), "rw")) {
        file.seek(2000);
        int old = file.read();
        file.seek(2000);
        file.write(old ^ 0xFF);
      }
    }
    assertThatThrownBy(
            () -> {
              try (RocksDbStorage storage = open()) {
                for (int i = 0; i < 1000; i++) {
                  assertThat(get(storage, "key" + i)).isEqualTo("value" + i);
                }
              }
            })
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPTION));
  }

  @Test
  void closeWhileOthersReadIsSafe() throws Exception {
    RocksDbStorage storage = open();
    put(storage, "a", "1");
    CountDownLatch reading = new CountDownLatch(2);
    AtomicReference<Throwable> unexpected = new AtomicReference<>();
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Thread reader =
          new Thread(() -> {
            try {
              for (; ; ) {
                try (StorageSnapshot snapshot = storage.snapshot()) {
                  get(snapshot, "a");
                  get(storage, "a");
                }
                reading.countDown();
              }
            } catch (StorageException e) {
              if (e.kind() != Kind.CLOSED) {
                unexpected.set(e);
              }
            }
          });
      reader.start();
      readers.add(reader);
    }
    reading.await();
    storage.close();
    for (Thread reader : readers) {
      reader.join();
    }
    assertThat(unexpected.get()).isNull();
  }

  @Test
  void statsTellWhatIsInMemoryAndOnDisk() throws Exception {
    try (RocksDbStorage storage = open()) {
      put(storage, "a", "1".repeat(1000));
      assertThat(storage.stats().memtableBytes()).isGreaterThan(1000);
      storage.flush();
      assertThat(storage.stats().fileBytes()).isGreaterThan(0);
      assertThat(storage.failure()).isNull();
    }
  }
}
