package kvstore.server.directory;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import kvstore.replication.Leadership;
import kvstore.replication.Proposal;
import kvstore.replication.StateMachine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory as a state machine: a {@link ClusterState} in memory. It has nothing durable of its
 * own, so it starts at index 0 and is brought to where it was by snapshot and log.
 *
 * <p>A snapshot is one file, {@value #SNAPSHOT}:
 *
 * <pre>
 * [magic "KVDS"][format u8 = 1][applied index u64][its term u64][state][CRC32C of all before u32]
 * </pre>
 */
final class DirectoryMachine implements StateMachine {

  /** Told what becomes of the machine; on the apply thread, save {@link #stopped}. */
  interface Events {
    /** A newer state, of all that one call applied. */
    void changed(ClusterState state);

    void gained(long term);

    void lost();

    void leader(Leadership leadership);

    void stopped(Throwable cause);
  }

  /** A proposal that is told what its command came to; on the apply thread. */
  interface Verdict extends Proposal {
    void applied(ClusterState state);

    void refused(DirectoryException reason);
  }

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryMachine.class);
  private static final String SNAPSHOT = "directory";
  private static final int FORMAT = 1;
  private static final byte[] MAGIC = "KVDS".getBytes(StandardCharsets.US_ASCII);

  private final Events events;
  private volatile ClusterState state = Transition.EMPTY;
  private volatile long appliedIndex;
  private volatile long appliedTerm;

  DirectoryMachine(Events events) {
    this.events = events;
  }

  /** What has been applied here. Any thread. */
  ClusterState state() {
    return state;
  }

  @Override
  public void apply(Entries entries) throws IOException {
    ClusterState next = state;
    long index = appliedIndex;
    long term = appliedTerm;
    List<Runnable> verdicts = new ArrayList<>();
    while (entries.next()) {
      index = entries.index();
      term = entries.term();
      @Nullable Verdict verdict = entries.proposal() instanceof Verdict told ? told : null;
      try {
        next = Transition.apply(next, decode(entries), index);
        ClusterState reached = next;
        if (verdict != null) {
          verdicts.add(() -> verdict.applied(reached));
        }
      } catch (DirectoryException e) {
        if (verdict != null) {
          verdicts.add(() -> verdict.refused(e));
        }
      }
    }
    boolean changed = next != state;
    state = next;
    appliedTerm = term;
    appliedIndex = index;
    if (changed) {
      events.changed(next);
    }
    verdicts.forEach(Runnable::run);
  }

  /** A command that this release does not know must stop it: to pass over it is to diverge. */
  private static DirectoryCommand decode(Entries entries) throws IOException {
    try {
      return CommandCodec.decode(entries.payload());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "the directory's entry " + entries.index() + " cannot be applied: " + e.getMessage(), e);
    }
  }

  @Override
  public long appliedIndex() {
    return appliedIndex;
  }

  @Override
  public long appliedTerm() {
    return appliedTerm;
  }

  @Override
  public void saveSnapshot(Path directory) throws IOException {
    byte[] bytes =
        Fields.bytes(out -> {
          out.writeBytes(MAGIC).writeByte(FORMAT).writeLong(appliedIndex).writeLong(appliedTerm);
          StateCodec.write(out, state);
          out.writeInt(checksum(out.array(), out.writerIndex()));
        });
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve(SNAPSHOT), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
    try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  @Override
  public void loadSnapshot(Path directory) throws IOException {
    Path file = directory.resolve(SNAPSHOT);
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length - Integer.BYTES;
    if (end < MAGIC.length || ByteBuffer.wrap(bytes).getInt(end) != checksum(bytes, end)) {
      throw new IOException(
          "expected a whole snapshot of the directory in " + file + ", but its checksum is wrong");
    }
    try {
      Fields.read(
          "snapshot of the directory",
          Unpooled.wrappedBuffer(bytes, 0, end),
          in -> {
            byte[] magic = new byte[MAGIC.length];
            in.readBytes(magic);
            if (!Arrays.equals(magic, MAGIC)) {
              throw new IllegalArgumentException("expected a snapshot to begin with KVDS");
            }
            Fields.readFormat("snapshot of the directory", in, FORMAT);
            long index = Fields.readPositive(in);
            long term = Fields.readPositive(in);
            state = StateCodec.read(in);
            appliedIndex = index;
            appliedTerm = term;
            return state;
          });
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " cannot be used: " + e.getMessage(), e);
    }
    events.changed(state);
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  @Override
  public void leadershipGained(long term) {
    events.gained(term);
  }

  @Override
  public void leadershipLost() {
    events.lost();
  }

  @Override
  public void leadershipChanged(Leadership leadership) {
    events.leader(leadership);
  }

  @Override
  public void failed(Throwable cause) {
    LOG.error("This node's replica of the directory has stopped", cause);
    events.stopped(cause);
  }
}
