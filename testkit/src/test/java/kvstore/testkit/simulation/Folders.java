package kvstore.testkit.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Folders of a few files, such as checkpoints are. */
final class Folders {

  private Folders() {}

  /** Reads the folder's files and deletes it. */
  static SortedMap<String, byte[]> take(Path folder) throws IOException {
    SortedMap<String, byte[]> files = read(folder);
    delete(folder);
    return files;
  }

  static SortedMap<String, byte[]> read(Path folder) throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.list(folder)) {
      for (Path file : found.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  static void fill(Path folder, Map<String, byte[]> files) throws IOException {
    Files.createDirectories(folder);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
  }

  /** Files out of the bytes of all of them. */
  static SortedMap<String, byte[]> cut(byte[] all, SortedMap<String, Integer> lengths) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    int at = 0;
    for (Map.Entry<String, Integer> file : lengths.entrySet()) {
      files.put(file.getKey(), Arrays.copyOfRange(all, at, at + file.getValue()));
      at += file.getValue();
    }
    return files;
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
