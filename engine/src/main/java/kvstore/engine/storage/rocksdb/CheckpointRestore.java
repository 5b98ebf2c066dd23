package kvstore.engine.storage.rocksdb;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * Puts a checkpoint in the place of a database, for a database {@code D}:
 *
 * <ol>
 *   <li>copy the checkpoint to {@code D.restoring}, durably;
 *   <li>rename {@code D} to {@code D.replaced};
 *   <li>rename {@code D.restoring} to {@code D};
 *   <li>delete {@code D.replaced}.
 * </ol>
 *
 * The state on disk tells how far a crash let it come: without {@code D} but with {@code
 * D.replaced}, the copy is complete and takes its place; with {@code D}, a copy may be incomplete
 * and is discarded; {@code D.replaced} beside {@code D} is not needed any more.
 */
final class CheckpointRestore {
  private CheckpointRestore() {}

  static void restore(Path checkpoint, Path directory) throws StorageException {
    recover(directory);
    if (!Files.exists(checkpoint.resolve("CURRENT"))) {
      throw new StorageException(
          StorageException.Kind.CORRUPTION,
          "expected a checkpoint in " + checkpoint + ", but it has no file CURRENT");
    }
    try {
      copy(checkpoint, restoring(directory));
      if (Files.exists(directory)) {
        move(directory, replaced(directory));
      }
      finish(directory);
    } catch (IOException e) {
      throw Failures.of("restore " + checkpoint + " to " + directory, e);
    }
  }

  /** Looks at a database that is to take the place of another. */
  interface Check {
    void check(Path made) throws StorageException;
  }

  /**
   * As {@link #restore}, but step 2 and 4 keep the old database as {@code D.damaged}, and the new
   * one is checked before anything is changed. What the check creates is part of it.
   */
  static void rebuild(@Nullable Path checkpoint, Path directory, Check check)
      throws StorageException {
    recover(directory);
    Path made = restoring(directory);
    try {
      if (checkpoint == null) {
        FileSync.delete(made);
        Files.createDirectories(made);
      } else {
        copy(checkpoint, made);
      }
      try {
        check.check(made);
      } catch (StorageException e) {
        FileSync.delete(made);
        throw e;
      }
      FileSync.syncTree(made);
      FileSync.delete(damaged(directory));
      move(directory, replaced(directory));
      move(made, directory);
      move(replaced(directory), damaged(directory));
    } catch (IOException e) {
      throw Failures.of("rebuild " + directory, e);
    }
  }

  /** Finishes or undoes a restore that was interrupted. */
  static void recover(Path directory) throws StorageException {
    try {
      if (Files.exists(directory)) {
        FileSync.delete(restoring(directory));
        FileSync.delete(replaced(directory));
      } else if (!Files.exists(replaced(directory))) {
        FileSync.delete(restoring(directory));
      } else if (Files.exists(restoring(directory))) {
        finish(directory);
      } else {
        throw new StorageException(
            StorageException.Kind.CORRUPTION,
            "expected " + restoring(directory) + " beside " + replaced(directory));
      }
    } catch (IOException e) {
      throw Failures.of("recover " + directory, e);
    }
  }

  private static void finish(Path directory) throws IOException {
    move(restoring(directory), directory);
    FileSync.delete(replaced(directory));
  }

  static Path restoring(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".restoring");
  }

  static Path replaced(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".replaced");
  }

  private static Path damaged(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".damaged");
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    FileSync.syncParent(to);
  }

  static void copy(Path checkpoint, Path target) throws IOException {
    FileSync.delete(target);
    Files.createDirectories(target);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(checkpoint)) {
      for (Path file : files) {
        Path copy = target.resolve(file.getFileName());
        // Table files never change; all others belong to one database alone.
        if (!isTable(file) || !link(file, copy)) {
          Files.copy(file, copy);
        }
      }
    }
    FileSync.syncTree(target);
  }

  private static boolean isTable(Path file) {
    return file.toString().endsWith(".sst");
  }

  private static boolean link(Path file, Path copy) {
    try {
      Files.createLink(copy, file);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      return false; // another file system
    }
  }
}
