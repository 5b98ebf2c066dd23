package kvstore.replication.raft;

import com.alipay.sofa.jraft.entity.LocalFileMetaOutter.FileSource;
import com.alipay.sofa.jraft.entity.LocalFileMetaOutter.LocalFileMeta;
import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The files of a group's snapshots: the state machine's in the folder {@value #STATE}, and beside
 * it the index it had applied. Each is listed with its size and checksum, by which a follower knows
 * which files it has already, and that it got what was sent. A checkpoint is mostly hard links to
 * files that do not change, so the checksum of a file is computed once. Thread-safe.
 */
final class SnapshotFiles {

  static final String STATE = "state";
  private static final String APPLIED = "applied";
  private static final int CHUNK = 1 << 20;

  /** A file as the file system knows it, whatever its name. */
  private record Identity(Object key, long size, long modified) {}

  private final Map<Identity, String> known = new ConcurrentHashMap<>();

  /** The state machine's folder, created empty, in a snapshot being written. */
  static Path stateFolder(Snapshot snapshot) throws IOException {
    Path folder = Path.of(snapshot.getPath(), STATE);
    Files.createDirectories(folder);
    try (Stream<Path> files = Files.list(folder)) {
      if (files.findAny().isPresent()) {
        throw new IOException(
            "expected an empty folder for the snapshot, but " + folder + " is not");
      }
    }
    return folder;
  }

  static void writeApplied(Snapshot snapshot, long applied) throws IOException {
    Files.writeString(Path.of(snapshot.getPath(), APPLIED), Long.toString(applied));
  }

  /**
   * The index that the state machine had applied when it wrote the snapshot. Checked by itself: by
   * it is decided whether the snapshot is loaded at all, and so looked at.
   */
  static long readApplied(Snapshot snapshot) throws IOException {
    verify(snapshot, APPLIED);
    String text = Files.readString(Path.of(snapshot.getPath(), APPLIED)).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("expected an index in the snapshot's file, but got " + text, e);
    }
  }

  /** Lists every file with size and checksum. Reads what it has not read before. */
  void list(SnapshotWriter writer) throws IOException {
    Path root = Path.of(writer.getPath());
    Set<Identity> seen = ConcurrentHashMap.newKeySet();
    for (Path file : files(root)) {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      LocalFileMeta meta =
          LocalFileMeta.newBuilder()
              .setSource(FileSource.FILE_SOURCE_LOCAL)
              .setChecksum(checksum(file, attributes, seen))
              .build();
      String name = root.relativize(file).toString();
      if (!writer.addFile(name, meta)) {
        throw new IOException("could not add " + name + " to the snapshot");
      }
    }
    known.keySet().retainAll(seen);
  }

  /**
   * Lists every file without checksum, for a snapshot that has to be there at once however large it
   * is. Sent to a follower, its files are always sent whole.
   */
  static void listUnchecked(SnapshotWriter writer) throws IOException {
    Path root = Path.of(writer.getPath());
    LocalFileMeta meta = LocalFileMeta.newBuilder().setSource(FileSource.FILE_SOURCE_LOCAL).build();
    for (Path file : files(root)) {
      if (!writer.addFile(root.relativize(file).toString(), meta)) {
        throw new IOException("could not add " + file + " to the snapshot");
      }
    }
  }

  /** Checks that every file listed with a checksum is there as it was written. */
  static void verify(Snapshot snapshot) throws IOException {
    for (String name : snapshot.listFiles()) {
      verify(snapshot, name);
    }
  }

  private static void verify(Snapshot snapshot, String name) throws IOException {
    String expected =
        snapshot.getFileMeta(name) instanceof LocalFileMeta meta ? meta.getChecksum() : "";
    Path file = Path.of(snapshot.getPath(), name);
    if (!Files.exists(file)) {
      throw new SnapshotDamagedException(
          "expected " + name + " in the snapshot " + snapshot.getPath() + ", but it is missing");
    }
    if (expected.isEmpty()) {
      return;
    }
    String actual = checksum(file);
    if (!expected.equals(actual)) {
      throw new SnapshotDamagedException(
          "expected checksum "
              + expected
              + " of "
              + name
              + " in the snapshot "
              + snapshot.getPath()
              + ", but it is "
              + actual);
    }
  }

  /** Takes a damaged snapshot out of the way; the last one put aside is kept for a look at it. */
  static void putAside(Path damaged) throws IOException {
    Path aside = damaged.resolveSibling("damaged");
    if (Files.exists(aside)) {
      try (Stream<Path> walk = Files.walk(aside)) {
        for (Path old : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
          Files.delete(old);
        }
      }
    }
    Files.move(damaged, aside);
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(Files::isRegularFile)
          .filter(f -> !f.getFileName().toString().startsWith(Snapshot.JRAFT_SNAPSHOT_META_FILE))
          .sorted() // the same everywhere, whatever the file system makes of it
          .collect(Collectors.toList());
    }
  }

  private String checksum(Path file, BasicFileAttributes attributes, Set<Identity> seen)
      throws IOException {
    @Nullable Object key = attributes.fileKey();
    if (key == null) {
      return checksum(file);
    }
    Identity identity =
        new Identity(key, attributes.size(), attributes.lastModifiedTime().toMillis());
    seen.add(identity);
    String before = known.get(identity);
    if (before != null) {
      return before;
    }
    String computed = checksum(file);
    known.put(identity, computed);
    return computed;
  }

  private static String checksum(Path file) throws IOException {
    CRC32C crc = new CRC32C();
    byte[] chunk = new byte[CHUNK];
    long size = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read > 0; read = in.read(chunk)) {
        crc.update(chunk, 0, read);
        size += read;
      }
    }
    return Long.toHexString(crc.getValue()) + "-" + size;
  }
}
