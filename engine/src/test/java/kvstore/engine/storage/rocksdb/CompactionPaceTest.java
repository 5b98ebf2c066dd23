package kvstore.engine.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionPaceTest {
  private static final long MIB = 1 << 20;
  private static final long CALM = 8 << 20;
  private static final int FILES_TO_COMPACT = 4;
  private static final int FILE_BYTES = 7 << 20;
  private static final long MOST_LEFT_OF_A_FLUSH = 6 << 20;
  private static final long PATIENCE_SECONDS = 60;

  @TempDir Path folder;
  private final SplittableRandom random = new SplittableRandom(1);
  private final RocksDbResources resources = resources(CALM);

  private static RocksDbResources resources(long calm) {
    return new RocksDbResources(new RocksDbResources.Options(64 * MIB, 32 * MIB, calm, 2, 64));
  }

  /** What compacting four files writes takes seconds, so it is seen under way. */
  @Test
  void compactsSlowlyUntilThereIsMuchToDo() throws Exception {
    try (resources;
        RocksDbStorage storage = RocksDbStorage.open(folder.resolve("db"), resources)) {
      assertThat(rate()).isEqualTo(CALM);
      writeFiles(storage, FILES_TO_COMPACT);
      await(() -> storage.stats().runningCompactions() == 1);
      await(() -> rate() == CALM);
      long first = written();
      await(() -> written() - first > MOST_LEFT_OF_A_FLUSH);
      long before = written();
      long began = System.nanoTime();
      await(() -> written() - before > CALM);
      long perSecond = (written() - before) * 1_000_000_000 / (System.nanoTime() - began);
      assertThat(perSecond).isLessThan(2 * CALM);
      assertThat(storage.stats().runningCompactions()).isOne();

      writeFiles(storage, FILES_TO_COMPACT);
      await(() -> storage.stats().levelZeroFiles() < FILES_TO_COMPACT);
      await(() -> rate() == CALM);
    }
  }

  /** The first of them at the usual pace, the second takes the bound away. */
  @Test
  void flushesInAHurryOnlyWhenWritesWouldSoonWait() throws Exception {
    try (resources;
        RocksDbStorage storage = RocksDbStorage.open(folder.resolve("db"), resources)) {
      long first = 0;
      while (storage.stats().runningFlushes() == 0) {
        first += write(storage, 1 << 16);
      }
      assertThat(first).isLessThan(2 * FILE_BYTES + MIB);
      assertThat(rate()).isEqualTo(CALM); // takes it most of a second
      long second = 0;
      while (rate() == CALM) {
        second += write(storage, 1 << 16);
      }
      assertThat(second).isLessThan(2 * FILE_BYTES + MIB);
      await(() -> rate() == CALM);
    }
  }

  @Test
  void doublesWithEachFileThatPilesUp() throws Exception {
    long slow = 128 << 10;
    try (RocksDbResources crawling = resources(slow);
        RocksDbStorage storage = RocksDbStorage.open(folder.resolve("db"), crawling)) {
      int files = 0;
      while (storage.stats().levelZeroFiles() < 8) {
        write(storage, 16 << 10);
        storage.flush();
        assertThat(++files).isLessThan(100);
      }
      assertThat(crawling.pace().limiter().getBytesPerSecond()).isEqualTo(slow << 3);
      await(() -> storage.stats().levelZeroFiles() < FILES_TO_COMPACT);
      await(() -> crawling.pace().limiter().getBytesPerSecond() == slow);
    }
    resources.close();
  }

  /** At its usual pace either would take half a minute. */
  @Test
  void checkpointsAndClosesInAHurry() throws Exception {
    try (RocksDbResources crawling = resources(128 << 10)) {
      long began = System.nanoTime();
      try (RocksDbStorage storage = RocksDbStorage.open(folder.resolve("db"), crawling)) {
        write(storage, 4 << 20);
        storage.checkpoint(folder.resolve("checkpoint"));
        write(storage, 4 << 20);
      }
      assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(20));
      assertThat(crawling.pace().limiter().getBytesPerSecond()).isEqualTo(128 << 10);
    }
    resources.close();
  }

  @Test
  void storageThatIsClosedInAHurryLeavesTheOthersCalm() {
    try (CompactionPace pace = new CompactionPace(CALM)) {
      CompactionPace.Events one = pace.listener();
      CompactionPace.Events other = pace.listener();
      one.flushing();
      other.flushing();
      one.close();
      assertThat(pace.limiter().getBytesPerSecond()).isGreaterThan(CALM);
      other.close();
      assertThat(pace.limiter().getBytesPerSecond()).isEqualTo(CALM);
    }
    resources.close();
  }

  @Test
  void hurryIsNeverSlowerThanCalm() {
    long more = 1L << 30;
    try (CompactionPace pace = new CompactionPace(more);
        CompactionPace.Events events = pace.listener()) {
      events.flushing();
      assertThat(pace.limiter().getBytesPerSecond()).isEqualTo(more);
    }
    resources.close();
  }

  private long rate() {
    return resources.pace().limiter().getBytesPerSecond();
  }

  private long written() {
    return resources.pace().limiter().getTotalBytesThrough();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  private void writeFiles(RocksDbStorage storage, int count) throws StorageException {
    for (int file = 0; file < count; file++) {
      write(storage, FILE_BYTES);
      storage.flush();
    }
  }

  private long write(RocksDbStorage storage, int bytes) throws StorageException {
    try (StorageBatch batch = storage.newBatch()) {
      byte[] value = new byte[1024];
      for (int i = 0; i < bytes / value.length; i++) {
        random.nextBytes(value);
        byte[] key = ByteBuffer.allocate(Long.BYTES).putLong(random.nextLong()).array();
        batch.put(ColumnFamily.RECORDS, key, value.clone());
      }
      storage.write(batch);
    }
    return bytes;
  }
}
