package kvstore.server.shard;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Set;
import kvstore.replication.NodeId;
import kvstore.server.shard.SplitOrder.Members;

/**
 * A shard that came to be by a split. Kept in the parent's state and beside the child's first
 * state, laid out in {@code docs/formats/log-entry.md}.
 *
 * @param atSlot the child's first slot
 * @param index log index of the split in the parent's log, at which the child's log goes on
 * @param term its term
 * @param leaderTimeMs its leader time, ms since the epoch
 * @param voters the child's first voters
 * @param learners the child's first learners
 */
public record Birth(
    int parent,
    int child,
    int atSlot,
    long index,
    long term,
    long leaderTimeMs,
    Set<NodeId> voters,
    Set<NodeId> learners) {

  private static final byte FORMAT = 1;

  public Birth {
    voters = Set.copyOf(voters);
    learners = Set.copyOf(learners);
  }

  public boolean concerns(NodeId node) {
    return voters.contains(node) || learners.contains(node);
  }

  public byte[] encode() {
    return ByteBuffer.allocate(
            1 + 4 + 4 + 2 + 3 * 8 + Members.size(voters) + Members.size(learners))
        .put(FORMAT)
        .putInt(parent)
        .putInt(child)
        .putShort((short) atSlot)
        .putLong(index)
        .putLong(term)
        .putLong(leaderTimeMs)
        .put(members(voters))
        .put(members(learners))
        .array();
  }

  private static ByteBuffer members(Set<NodeId> nodes) {
    ByteBuffer bytes = ByteBuffer.allocate(Members.size(nodes));
    Members.write(nodes, bytes);
    return bytes.flip();
  }

  /**
   * @throws IOException if it was not written by {@link #encode}, or by that of a newer version
   */
  public static Birth decode(byte[] bytes) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      byte format = in.get();
      if (format != FORMAT) {
        throw new IOException(
            "expected a birth of format "
                + FORMAT
                + ", but found "
                + format
                + "; start the version of kvstore that wrote it");
      }
      return new Birth(
          in.getInt(),
          in.getInt(),
          in.getShort() & 0xFFFF,
          in.getLong(),
          in.getLong(),
          in.getLong(),
          Members.read(in),
          Members.read(in));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("expected a birth, but its bytes are malformed: " + e, e);
    }
  }
}
