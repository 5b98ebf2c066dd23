package kvstore.testkit.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvstore.engine.command.LogEntryFuzz;
import kvstore.engine.keyspace.RecordFuzz;
import kvstore.replication.log.RaftLogFuzz;
import kvstore.replication.raft.SnapshotFuzz;
import kvstore.replication.transport.PeerFuzz;
import kvstore.server.directory.DirectoryFuzz;
import kvstore.server.router.ForwardFuzz;
import kvstore.server.shard.SplitFuzz;

/**
 * Every target, and the entry point of Jazzer ({@code bench/fuzz}). The targets stand in the
 * packages whose readers they call, which are nobody else's.
 */
public final class FuzzTargets {

  static final List<FuzzTarget> ALL =
      List.of(
          new RequestFuzz(),
          new ReplyFuzz(),
          new PeerFuzz(),
          new SnapshotFuzz(),
          new RaftLogFuzz(),
          new LogEntryFuzz(),
          new RecordFuzz(),
          new DirectoryFuzz(),
          new ForwardFuzz(),
          new SplitFuzz());

  /** A reader may take this many bytes of heap, and so many more for each byte of input. */
  private static final long FREE_BYTES = 16 << 20;

  private static final long BYTES_PER_BYTE = 4_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @SuppressWarnings("NullAway.Init") // set before the first input
  private static FuzzTarget chosen;

  private FuzzTargets() {}

  static FuzzTarget named(String name) {
    return ALL.stream()
        .filter(target -> target.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "expected one of "
                    + ALL.stream().map(FuzzTarget::name).toList()
                    + ", but got '"
                    + name
                    + "'"));
  }

  /** Reads one input, and holds the reader to its bound of memory. */
  static void check(FuzzTarget target, byte[] input) throws Exception {
    long most = FREE_BYTES + BYTES_PER_BYTE * input.length;
    long taken = bytesTaken(target, input);
    if (taken > most) {
      taken = bytesTaken(target, input); // the first time includes classes loaded, and instrumented
    }
    if (taken > most) {
      throw new AssertionError(input.length + " bytes of input made it allocate " + taken);
    }
  }

  private static long bytesTaken(FuzzTarget target, byte[] input) throws Exception {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    target.read(input);
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /** Called by Jazzer once, with the name of the target. */
  public static void fuzzerInitialize(String[] arguments) {
    chosen = named(arguments.length == 0 ? "" : arguments[0]);
  }

  /** Called by Jazzer for each input. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    check(chosen, input);
  }

  /** Writes the seeds of a target into a folder: {@code TARGET FOLDER}. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    int number = 0;
    for (byte[] seed : named(arguments[0]).seeds()) {
      Files.write(folder.resolve("seed-" + number++), seed);
    }
  }
}
