package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest cluster state that a node has heard of, on its disk, so that it starts knowing its
 * peers. Losing it loses nothing that the directory does not hold.
 *
 * <pre>
 * [magic "KVCS"][length of the state u32][state][CRC32C of all before u32]
 * </pre>
 */
public final class StateFile {

  /** Name of the file in a node's data directory. */
  public static final String NAME = "cluster.state";

  private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
  private static final byte[] MAGIC = "KVCS".getBytes(StandardCharsets.US_ASCII);
  private static final int AROUND = 12;

  private final Path file;
  private final AtomicBoolean storing = new AtomicBoolean();
  private volatile long stored;

  public StateFile(Path file) {
    this.file = file;
  }

  /**
   * The state stored; empty if there is none, or if it is damaged: then it is put aside, and the
   * node asks its peers.
   *
   * @throws IOException if it is of a newer release or another cluster, or cannot be read
   */
  public Optional<ClusterState> load(String clusterId) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Optional<byte[]> state = body();
    if (state.isEmpty()) {
      return Optional.empty();
    }
    ClusterState read;
    try {
      read = Fields.read("cluster state", Unpooled.wrappedBuffer(state.get()), StateCodec::read);
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + file + "' cannot be used: " + e.getMessage(), e);
    }
    if (!read.clusterId().equals(clusterId)) {
      throw new IOException(
          "expected the state of cluster "
              + clusterId
              + " in '"
              + file
              + "', but it is of "
              + read.clusterId()
              + "; delete it if the directory is the right one");
    }
    stored = read.version();
    return Optional.of(read);
  }

  /** The bytes of the state, if the file is whole. */
  private Optional<byte[]> body() throws IOException {
    if (Files.size(file) > Fields.MOST_BYTES + AROUND) {
      return damaged("it is longer than any state");
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length < AROUND) {
      return damaged("it ends too early");
    }
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    int length = in.getInt(MAGIC.length);
    if (length != bytes.length - AROUND
        || !ByteBufUtil.equals(in.slice(0, MAGIC.length), Unpooled.wrappedBuffer(MAGIC))) {
      return damaged("its length or its first bytes are not those of a state");
    }
    if (in.getInt(bytes.length - Integer.BYTES) != checksum(bytes, bytes.length - Integer.BYTES)) {
      return damaged("its checksum is not that of its content");
    }
    return Optional.of(ByteBufUtil.getBytes(in, MAGIC.length + Integer.BYTES, length));
  }

  private Optional<byte[]> damaged(String how) throws IOException {
    Path aside = file.resolveSibling(NAME + ".damaged");
    Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    stored = 0;
    LOG.error(
        "'{}' is damaged: {}; it was put aside as '{}', and the state is asked of other nodes",
        file,
        how,
        aside);
    return Optional.empty();
  }

  /** Stores a state, durably; one thread at a time. */
  public void store(ClusterState state) throws IOException {
    byte[] bytes =
        Fields.bytes(out -> {
          out.writeBytes(MAGIC).writeInt(0);
          StateCodec.write(out, state);
          out.setInt(MAGIC.length, out.writerIndex() - MAGIC.length - Integer.BYTES);
          out.writeInt(checksum(out.array(), out.writerIndex()));
        });
    Path fresh = file.resolveSibling(NAME + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
    try {
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("expected a file system that renames atomically under " + file, e);
    }
    try (FileChannel folder =
        FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  /**
   * Stores every state that the view gets, or the newest when they come faster than the disk is.
   *
   * @param disk runs the writes
   */
  public void follow(ClusterView view, Executor disk) {
    view.listen(state -> {
      if (state.version() > 0 && storing.compareAndSet(false, true)) {
        try {
          disk.execute(() -> storeNewest(view, disk));
        } catch (RejectedExecutionException e) {
          storing.set(false);
          LOG.warn("The cluster state is not stored: no thread takes the write");
        }
      }
    });
  }

  /**
   * Returns when the state, or a newer one, is on the disk. Before a node acts on a state in a way
   * that it must remember: an older state at its next start would say otherwise.
   */
  public synchronized void keep(ClusterState state) throws IOException {
    if (state.version() > stored) {
      store(state);
      stored = state.version();
    }
  }

  private void storeNewest(ClusterView view, Executor disk) {
    try {
      keep(view.current());
    } catch (IOException | RuntimeException e) {
      LOG.error("The cluster state could not be stored in '{}'", file, e);
      storing.set(false);
      return;
    }
    storing.set(false);
    if (view.current().version() > stored && storing.compareAndSet(false, true)) {
      disk.execute(() -> storeNewest(view, disk)); // one came while the last was written
    }
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
