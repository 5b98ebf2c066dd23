package kvstore.server.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Deletes replicas that this node has left. A crash on the way leaves a folder {@code
 * NNNN.leaving}, whatever the cluster state says by then: half a log and half a database must not
 * be taken for a replica should the node be wanted again. On the keeper's thread, or before it
 * runs.
 */
final class Departures {

  private final DataDirectory directory;
  private final Replicas.Opener opener;

  Departures(DataDirectory directory, Replicas.Opener opener) {
    this.directory = directory;
    this.opener = opener;
  }

  /** Deletes all of a group whose replica is closed and marked as left. */
  void depart(int number) throws IOException {
    Path leaving = directory.leaving(number);
    Path folder = directory.shard(number);
    delete(leaving);
    if (Files.exists(folder)) {
      Files.move(folder, leaving, StandardCopyOption.ATOMIC_MOVE);
    } else {
      Files.createDirectories(leaving);
    }
    DataDirectory.syncDirectory(directory.shards());
    finish(number);
  }

  /** Deletes the rest of what a former run of the node had begun to delete. */
  void finish() throws IOException {
    for (int number : directory.leavingShards()) {
      finish(number);
    }
  }

  private void finish(int number) throws IOException {
    opener.forget(number);
    delete(directory.damaged(number));
    delete(directory.leaving(number));
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(entry);
      }
    }
  }
}
