package kvstore.engine.keyspace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import kvstore.engine.command.BatchReader;
import kvstore.engine.command.BatchWriter;
import kvstore.engine.command.Command;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.engine.storage.rocksdb.RocksDbStorage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A log entry of 64 SETs, with keys out of 100,000: written, read, and applied with one write to
 * RocksDB. Per SET.
 */
@State(Scope.Thread)
public class BatchBenchmark {

  private static final int MANY = 64;
  private static final int KEYS = 100_000;
  private static final int ENTRIES = 1024;
  private static final long CACHE_BYTES = 64L << 20;

  private final SplittableRandom random = new SplittableRandom(1);
  private final Operation set = operation("set");
  private final Command[] commands = new Command[MANY];
  private final byte[][] keys = new byte[KEYS][];

  private Path directory = Path.of("");
  private RocksDbResources resources;
  private Keyspace keyspace;
  private final ByteBuffer[] entries = new ByteBuffer[ENTRIES];
  private long index;

  @Setup
  public void open() throws IOException {
    for (int i = 0; i < KEYS; i++) {
      keys[i] = String.format("key:%012d", i).getBytes(StandardCharsets.US_ASCII);
    }
    directory = Files.createTempDirectory("kvstore-micro-");
    resources = new RocksDbResources(RocksDbResources.Options.DEFAULT);
    keyspace =
        Keyspace.open(
            RocksDbStorage.open(directory.resolve("db"), resources),
            key -> (key[key.length - 1] * 31 + key[key.length - 2]) & 16_383,
            KeyspaceLimits.DEFAULT,
            new SplittableRandom(0),
            new RecordCache(CACHE_BYTES));
    for (int i = 0; i < ENTRIES; i++) {
      draw();
      entries[i] = encode();
    }
    for (int i = 0; i < ENTRIES; i++) {
      apply();
    }
  }

  private void draw() {
    for (int i = 0; i < MANY; i++) {
      byte[] value = new byte[128];
      random.nextBytes(value);
      commands[i] = new Command(set, new byte[][] {keys[random.nextInt(KEYS)], value});
    }
  }

  @TearDown
  public void close() throws IOException {
    keyspace.close();
    resources.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public ByteBuffer encode() {
    BatchWriter writer = new BatchWriter();
    for (Command command : commands) {
      writer.add(command);
    }
    return writer.finish(1_000_000);
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public void decode(Blackhole seen) {
    BatchReader reader = new BatchReader(entries[0]);
    for (Command next = reader.next(); next != null; next = reader.next()) {
      seen.consume(next);
    }
  }

  /** As on a follower: from the entry's bytes to what readers see. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public long apply() throws IOException {
    try (WriteSession session = keyspace.begin()) {
      BatchReader reader = new BatchReader(entries[(int) (index % ENTRIES)]);
      session.entry(++index, 1, reader.leaderTimeMs());
      for (Command next = reader.next(); next != null; next = reader.next()) {
        if (session.execute(next) != Outcome.OK) {
          throw new IllegalStateException("expected SET to be done");
        }
      }
      session.commit();
      return session.index();
    }
  }

  private static Operation operation(String name) {
    Operation found = Operation.byName(name);
    if (found == null) {
      throw new IllegalStateException("expected an operation " + name);
    }
    return found;
  }
}
