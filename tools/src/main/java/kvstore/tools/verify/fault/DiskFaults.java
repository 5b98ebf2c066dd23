package kvstore.tools.verify.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Files of a node that has died, and of what was on its disk when it comes back. */
final class DiskFaults {

  /** Blocks of RocksDB's log files. */
  private static final int LOG_BLOCK = 32 << 10;

  private static final int RECORD_HEADER = 7;

  /** To start, be read as a whole, be copied, from another node too, and be read again. */
  private static final Duration MOST_TO_HEAL = Duration.ofSeconds(45);

  private final Stage stage;

  DiskFaults(Stage stage) {
    this.stage = stage;
  }

  /**
   * The beginning of a record whose end was never written. It is new: what was acknowledged had
   * been synced, and is left alone.
   */
  Injection tornLog() throws IOException, InterruptedException {
    int node = stage.someNode();
    String name = stage.described(node);
    stage.cluster().kill(node);
    Optional<Path> log = newest(raftLog(node), ".log");
    if (log.isPresent()) {
      append(log.get());
    }
    return new Injection() {
      @Override
      public String what() {
        return "kill " + name + ", half a record at the end of its log";
      }

      @Override
      public void end() throws IOException {
        stage.cluster().restart(node);
      }
    };
  }

  private void append(Path log) throws IOException {
    int room = LOG_BLOCK - (int) (Files.size(log) % LOG_BLOCK);
    if (room <= RECORD_HEADER + 1) {
      return;
    }
    byte[] bytes = new byte[1 + stage.random().nextInt(Math.min(room - 1, 2_000))];
    stage.random().nextBytes(bytes);
    if (bytes.length >= RECORD_HEADER) {
      int longer = Math.min(0xffff, bytes.length + 100);
      bytes[4] = (byte) longer;
      bytes[5] = (byte) (longer >> 8);
      bytes[6] = 1; // a whole record, had it been written
    }
    Files.write(log, bytes, StandardOpenOption.APPEND);
  }

  Injection flipLog() throws IOException, InterruptedException {
    int node = stage.someNode();
    String name = stage.described(node);
    stage.cluster().kill(node);
    Path file = largest(raftLog(node), ".log").orElse(null);
    long at = file == null ? 0 : (long) (Files.size(file) * stage.random().nextDouble(0.1, 0.7));
    if (file != null) {
      flipByte(file, at);
    }
    stage.cluster().restart(node);
    return new FlippedLog(
        node,
        file == null
            ? "kill " + name + " (its log is empty still)"
            : "kill " + name + ", a bit flipped in its log (" + file.getFileName() + ")",
        file,
        at);
  }

  private final class FlippedLog implements Injection {
    private final int node;
    private final @Nullable Path file;
    private final long at;
    private String what;

    FlippedLog(int node, String what, @Nullable Path file, long at) {
      this.node = node;
      this.what = what;
      this.file = file;
      this.at = at;
    }

    @Override
    public String what() {
      return what;
    }

    @Override
    public void end() throws IOException, InterruptedException {
      if (stage.isWell(node)) {
        what += file == null ? ": it serves" : ": it serves, with the bit flipped still";
        return;
      }
      what += stage.cluster().isAlive(node) ? ": it stays out" : ": it does not start";
      stage.cluster().kill(node);
      if (file != null && Files.exists(file)) {
        flipByte(file, at); // as if restored; whatever it has learned since is kept
      }
      stage.cluster().restart(node);
    }
  }

  /** In place: where a snapshot has the same file, both are damaged. */
  Injection flipData() throws IOException, InterruptedException {
    int node = stage.someHolder();
    String name = stage.described(node);
    stage.cluster().stop(node); // which writes what was in memory, so that there are files
    Path file = largest(stage.cluster().directory(node).resolve("shards"), ".sst").orElse(null);
    // Data comes first in a table, what leads to it last.
    long at = file == null ? 0 : (long) (Files.size(file) * stage.random().nextDouble(0.05, 0.4));
    if (file != null) {
      flipByte(file, at);
    }
    long logged = Files.size(stage.cluster().logFile(node));
    stage.cluster().restart(node);
    return new FlippedData(node, name, file, at, logged);
  }

  private final class FlippedData implements Injection {
    private final int node;
    private final @Nullable Path file;
    private final long at;
    private final long logged;
    private String what;
    private @Nullable String finding;

    /**
     * @param logged bytes of the node's log before it was started
     */
    FlippedData(int node, String name, @Nullable Path file, long at, long logged) {
      this.node = node;
      this.file = file;
      this.at = at;
      this.logged = logged;
      this.what =
          file == null
              ? "stop " + name + " (it has no tables)"
              : "stop %s, a bit flipped in its data (%s)".formatted(name, file.getFileName());
    }

    @Override
    public String what() {
      return what;
    }

    @Override
    public @Nullable String finding() {
      return finding;
    }

    /** Has all of its data read, until it is whole; a replica that does not heal is a finding. */
    @Override
    public void end() throws IOException, InterruptedException {
      if (file == null) {
        finding = "there was no table to flip a bit in";
        return;
      }
      long deadline = System.nanoTime() + MOST_TO_HEAL.toNanos();
      while (!stage.isWhole(node)
          && stage.cluster().isAlive(node)
          && System.nanoTime() - deadline < 0) {
        Thread.sleep(50);
      }
      if (stage.isWell(node)) {
        String said = logOfThisLife();
        if (!said.contains("the stored state is damaged")) {
          what += ": read by nothing, and left so";
        } else if (said.contains("copies the snapshot up to entry")) {
          what += ": found, and rebuilt with the snapshot of another node";
        } else {
          what += ": found, and rebuilt";
        }
        return;
      }
      what += stage.cluster().isAlive(node) ? ": it stays out" : ": it does not start";
      finding = "it did not heal from the other nodes; the bit was put right";
      stage.cluster().kill(node);
      if (Files.exists(file)) {
        flipByte(file, at); // as if restored; whatever it has learned since is kept
      }
      stage.cluster().restart(node);
    }

    private String logOfThisLife() throws IOException {
      byte[] bytes = Files.readAllBytes(stage.cluster().logFile(node));
      int from = (int) Math.min(logged, bytes.length);
      return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }
  }

  Injection wipe() throws IOException, InterruptedException {
    int node = stage.someNode();
    String name = stage.described(node);
    stage.cluster().kill(node);
    Path data = stage.cluster().directory(node);
    Path aside = data.resolveSibling(data.getFileName() + ".aside");
    Files.move(data, aside);
    Files.createDirectories(data);
    stage.cluster().restart(node);
    return new Wiped(node, name, data, aside);
  }

  private final class Wiped implements Injection {
    private final int node;
    private final String name;
    private final Path data;
    private final Path aside;
    private String result = "";
    private @Nullable String finding;

    Wiped(int node, String name, Path data, Path aside) {
      this.node = node;
      this.name = name;
      this.data = data;
      this.aside = aside;
    }

    @Override
    public String what() {
      return "kill " + name + ", its directory emptied" + result;
    }

    @Override
    public @Nullable String finding() {
      return finding;
    }

    @Override
    public void end() throws IOException, InterruptedException {
      if (stage.isWell(node)) {
        result = ": it takes part";
        finding =
            stage.name(node)
                + " came back with an emptied directory under its old name and was let in:"
                + " it has forgotten what it acknowledged and whom it voted for";
        remove(aside);
        return;
      }
      result = stage.cluster().isAlive(node) ? ": it is kept out" : ": it does not start";
      stage.cluster().kill(node);
      remove(data);
      Files.move(aside, data);
      stage.cluster().restart(node);
    }
  }

  private Path raftLog(int node) {
    return stage.cluster().directory(node).resolve("raft").resolve("log");
  }

  private static Optional<Path> newest(Path folder, String ending) throws IOException {
    return files(folder, ending).stream().max(Comparator.comparing(Path::getFileName));
  }

  private static Optional<Path> largest(Path folder, String ending) throws IOException {
    return files(folder, ending).stream()
        .filter(file -> file.toFile().length() > 0)
        .max(Comparator.comparing((Path file) -> file.toFile().length()));
  }

  private static List<Path> files(Path folder, String ending) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> found = Files.walk(folder)) {
      return found.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  private static void flipByte(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      if (channel.read(one, at) == 1) {
        one.put(0, (byte) (one.get(0) ^ 0x10)).rewind();
        channel.write(one, at);
        channel.force(true);
      }
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
