package kvstore.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code node.ports} in the data directory: the process and its ports, while it serves. Whoever
 * starts a node on any free port learns here which it got.
 */
final class PortsFile {

  private static final Logger LOG = LoggerFactory.getLogger(PortsFile.class);

  private final Path file;

  PortsFile(Path dir) {
    this.file = dir.resolve("node.ports");
  }

  /** All at once: a reader sees the whole file or none. */
  void write(int client, int cluster, int peer, int http) throws IOException {
    String text =
        "pid="
            + ProcessHandle.current().pid()
            + "\nclient="
            + client
            + "\ncluster="
            + cluster
            + "\npeer="
            + peer
            + "\nhttp="
            + http
            + "\n";
    Path next = file.resolveSibling("node.ports.new");
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", file, e.toString());
    }
  }
}
