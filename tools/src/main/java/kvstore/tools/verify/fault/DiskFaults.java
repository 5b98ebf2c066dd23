package kvstore.tools.verify.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
    return flip("log", ".log", true);
  }

  Injection flipData() throws IOException, InterruptedException {
    return flip("data", ".sst", false);
  }

  private Injection flip(String what, String ending, boolean raft)
      throws IOException, InterruptedException {
    int node = stage.someNode();
    String name = stage.described(node);
    stage.cluster().kill(node);
    Path folder = raft ? raftLog(node) : stage.cluster().directory(node).resolve("shards");
    Path file = largest(folder, ending).orElse(null);
    long at = file == null ? 0 : (long) (Files.size(file) * stage.random().nextDouble(0.1, 0.7));
    if (file != null) {
      flipByte(file, at);
    }
    stage.cluster().restart(node);
    return new Flipped(
        node,
        file == null
            ? "kill " + name + " (its " + what + " is empty still)"
            : "kill " + name + ", a bit flipped in its " + what + " (" + file.getFileName() + ")",
        file,
        at);
  }

  private final class Flipped implements Injection {
    private final int node;
    private final @Nullable Path file;
    private final long at;
    private String what;

    Flipped(int node, String what, @Nullable Path file, long at) {
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
        // What is flipped stays so, for the checksums of the end to find.
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
