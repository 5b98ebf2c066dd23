package kvstore.server.cluster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Acquaintances;
import org.jspecify.annotations.Nullable;

/**
 * A node's data directory, locked against other processes while open. Holds the node's identity;
 * what lies in {@link #raft} and {@link #shard} belongs to those layers.
 */
public final class DataDirectory implements AutoCloseable {

  private static final String LEAVING = ".leaving";
  private static final String IDENTITY_FILE = "node.properties";
  private static final String LOCK_FILE = "LOCK";

  private final Path root;
  private final FileChannel lockChannel;

  private DataDirectory(Path root, FileChannel lockChannel) {
    this.root = root;
    this.lockChannel = lockChannel;
  }

  /**
   * Creates the directory if missing, and locks it.
   *
   * @throws DataDirectoryException if it cannot be used or a live process uses it
   */
  public static DataDirectory open(Path root) {
    FileChannel channel = null;
    try {
      Files.createDirectories(root);
      channel =
          FileChannel.open(
              root.resolve(LOCK_FILE),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (!lock(channel)) {
        String owner = readSmall(channel);
        channel.close();
        throw new DataDirectoryException(
            "data directory '"
                + root
                + "' is in use by a running node (pid "
                + owner
                + "); stop that node or choose another --dir");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
          0);
      return new DataDirectory(root, channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new DataDirectoryException(
          "data directory '" + root + "' cannot be used: " + e + "; choose another --dir", e);
    }
  }

  /** What is written in a directory that may be in use or missing; null if never used. */
  public static @Nullable Identity peek(Path root) {
    Path file = root.resolve(IDENTITY_FILE);
    if (!Files.exists(file)) {
      return null;
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new DataDirectoryException("'" + file + "' cannot be read: " + e, e);
    }
    checkFormat(root, properties);
    try {
      return Identity.fromProperties(properties);
    } catch (IllegalArgumentException e) {
      throw new DataDirectoryException(
          "'" + file + "' is damaged: " + e.getMessage() + "; restore it or choose another --dir",
          e);
    }
  }

  /**
   * The identity to run under: the stored one if it agrees with {@code wanted}, else {@code
   * wanted}, stored, for an unused directory.
   *
   * @throws DataDirectoryException if the directory belongs to another node or cluster
   */
  public Identity claim(Identity wanted) {
    Identity stored = peek(root);
    if (stored == null) {
      refuseForeignContent();
      store(wanted);
      return wanted;
    }
    if (!stored.nodeId().equals(wanted.nodeId())) {
      throw new DataDirectoryException(
          "data directory '"
              + root
              + "' belongs to node id '"
              + stored.nodeId()
              + "', not '"
              + wanted.nodeId()
              + "'; start it with --node-id "
              + stored.nodeId()
              + " or choose another --dir");
    }
    if (!stored.sameCluster(wanted)) {
      throw new DataDirectoryException(
          "data directory '"
              + root
              + "' belongs to another cluster ("
              + stored.describe()
              + ", not "
              + wanted.describe()
              + "); start it with the same --initial-cluster as at first, or choose another --dir");
    }
    return stored;
  }

  /** What the directory says of itself; empty if it was never used. */
  public Optional<Identity> stored() {
    return Optional.ofNullable(peek(root));
  }

  /**
   * Whom this node has met, and in which life.
   *
   * @throws DataDirectoryException if that cannot be read
   */
  public Acquaintances acquaintances(NodeId self) {
    return MetNodes.open(root.resolve("lives.properties"), self);
  }

  public Path raft() {
    return root.resolve("raft");
  }

  /** Holds a folder for each shard that has a replica here. */
  public Path shards() {
    return root.resolve("shards");
  }

  public Path shard(int number) {
    return shards().resolve(String.format("%04d", number));
  }

  /** The shard's data as it was when it was last found damaged, if it ever was. */
  Path damaged(int number) {
    return shards().resolve(String.format("%04d.damaged", number));
  }

  /** Exists while this node deletes its replica of the group; what it held is in it. */
  Path leaving(int number) {
    return shards().resolve(String.format("%04d%s", number, LEAVING));
  }

  /** Numbers of the groups whose replica here was not deleted to the end. */
  SortedSet<Integer> leavingShards() throws IOException {
    return shardsNamed("\\d{4,9}" + Pattern.quote(LEAVING));
  }

  /** Where the cluster state last heard of is kept. */
  public Path clusterState() {
    return root.resolve("cluster.state");
  }

  /** Numbers of the shards that have data here, whether or not they are still wanted. */
  public SortedSet<Integer> storedShards() throws IOException {
    return shardsNamed("\\d{4,9}");
  }

  private SortedSet<Integer> shardsNamed(String pattern) throws IOException {
    SortedSet<Integer> numbers = new TreeSet<>();
    if (Files.isDirectory(shards())) {
      try (Stream<Path> entries = Files.list(shards())) {
        entries
            .map(entry -> entry.getFileName().toString())
            .filter(name -> name.matches(pattern))
            .forEach(name -> numbers.add(Integer.valueOf(name.replace(LEAVING, ""))));
      }
    }
    return numbers;
  }

  /**
   * Whether this node once had a replica of the group and gave it up. What it then acknowledged is
   * forgotten, so it must never again take part as if it had been there from the beginning.
   */
  public boolean hasLeft(int number) {
    return Files.exists(leftMark(number));
  }

  /** Remembers, durably, that this node gives up its replica of the group. */
  public void markLeft(int number) throws IOException {
    Path mark = leftMark(number);
    Files.createDirectories(left());
    try (FileChannel file =
        FileChannel.open(mark, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    syncDirectory(left());
  }

  private Path leftMark(int number) {
    return left().resolve(String.format("%04d", number));
  }

  private Path left() {
    return root.resolve("left");
  }

  @Override
  public void close() {
    closeQuietly(lockChannel);
  }

  static void syncDirectory(Path path) throws IOException {
    try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static void checkFormat(Path root, Properties properties) {
    String text = properties.getProperty("format", "");
    int format;
    try {
      format = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new DataDirectoryException(
          "'" + root.resolve(IDENTITY_FILE) + "' is damaged: format is '" + text + "'", e);
    }
    if (format > Identity.FORMAT) {
      throw new DataDirectoryException(
          "data directory '"
              + root
              + "' has format "
              + format
              + ", but this release reads formats up to "
              + Identity.FORMAT
              + "; start it with the newer release that wrote it");
    }
  }

  private void refuseForeignContent() {
    if (Files.exists(raft()) || Files.exists(root.resolve("shards"))) {
      throw new DataDirectoryException(
          "data directory '"
              + root
              + "' holds data but no "
              + IDENTITY_FILE
              + "; restore that file or choose another --dir");
    }
  }

  private void store(Identity identity) {
    Path temporary = root.resolve(IDENTITY_FILE + ".new");
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      identity.toProperties().store(bytes, "who this data directory belongs to; do not edit");
      try (FileChannel file =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes.toByteArray());
        while (buffer.hasRemaining()) {
          file.write(buffer);
        }
        file.force(true);
      }
      Files.move(temporary, root.resolve(IDENTITY_FILE), StandardCopyOption.ATOMIC_MOVE);
      syncDirectory(root);
    } catch (IOException e) {
      throw new DataDirectoryException("data directory '" + root + "' cannot be written: " + e, e);
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      @Nullable FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another node of this very process
    }
  }

  private static String readSmall(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(32);
    channel.read(buffer, 0);
    buffer.flip();
    return StandardCharsets.US_ASCII.decode(buffer).toString().strip();
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was written through it that matters; the lock goes with the process at the
        // latest.
      }
    }
  }
}
