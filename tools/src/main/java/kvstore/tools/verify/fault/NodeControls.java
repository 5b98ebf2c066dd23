package kvstore.tools.verify.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Files beside a node's data by which its disk and its clock are made to fail while it runs, and
 * what makes the node look at them. Stateless; any thread.
 */
public final class NodeControls {

  private static final String LIBRARY = "libfaketimeMT.so.1";
  private static final String NO_CHANGE = "+0";

  private NodeControls() {}

  /** Debian's libfaketime, if it is installed: it changes the wall clock of one process. */
  public static Optional<Path> fakeTime() {
    Stream<Path> folders =
        Stream.of("/usr/lib", "/usr/lib64", "/usr/local/lib")
            .map(Path::of)
            .flatMap(folder -> Stream.of(folder, architecture(folder)));
    return folders
        .map(folder -> folder.resolve("faketime").resolve(LIBRARY))
        .filter(Files::isReadable)
        .findFirst();
  }

  private static Path architecture(Path folder) {
    String name = System.getProperty("os.arch", "").equals("aarch64") ? "aarch64" : "x86_64";
    return folder.resolve(name + "-linux-gnu");
  }

  /**
   * Variables for a node, so that the faults chosen can be done to it.
   *
   * @param directory its data
   */
  public static Map<String, String> environment(Path directory, Collection<FaultKind> kinds) {
    Map<String, String> all = new HashMap<>();
    if (kinds.stream().anyMatch(FaultKind::needsDiskControl)) {
      all.put("JAVA_TOOL_OPTIONS", "-Dkvstore.fault.disk=" + disk(directory));
    }
    if (kinds.stream().anyMatch(FaultKind::needsFakeTime)) {
      fakeTime()
          .ifPresent(library -> {
            setClock(directory, NO_CHANGE);
            all.put("LD_PRELOAD", library.toString());
            all.put("FAKETIME_TIMESTAMP_FILE", clock(directory).toString());
            all.put("FAKETIME_CACHE_DURATION", "1");
            all.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
            // else every timed wait of a JVM ends at once
            all.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
            all.put("NO_FAKE_STAT", "1");
          });
    }
    return all;
  }

  private static Path disk(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".disk").toAbsolutePath();
  }

  private static Path clock(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".clock").toAbsolutePath();
  }

  /** Orders a fault of the disk; an empty one for a sound disk. */
  static void setDisk(Path directory, String order) {
    write(disk(directory), order);
  }

  /**
   * Shifts the clock, such as {@code +60s}. Not its rate, although libfaketime could: it would
   * stretch the timeouts of waits as well, which no wrong wall clock does.
   */
  static void setClock(Path directory, String shift) {
    write(clock(directory), shift + "\n");
  }

  static void resetClock(Path directory) {
    setClock(directory, NO_CHANGE);
  }

  /** At once, so that no half of it is read. */
  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
