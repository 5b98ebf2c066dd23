package kvstore.server.shard;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import kvstore.engine.command.MalformedEntryException;
import kvstore.replication.NodeId;

/**
 * The log entry that splits a shard, laid out in {@code docs/formats/log-entry.md}: an entry of a
 * kind of its own, with no commands.
 *
 * @param child number of the new shard
 * @param atSlot its first slot; it takes all from there to the parent's last
 * @param voters its first voters, which are the parent's
 * @param learners its first learners, which are the parent's
 */
record SplitOrder(int child, int atSlot, Set<NodeId> voters, Set<NodeId> learners) {

  /** First byte of the entry; batches of commands have lower ones. */
  static final byte KIND = (byte) 0x80;

  SplitOrder {
    voters = Set.copyOf(voters);
    learners = Set.copyOf(learners);
  }

  /** An order read from an entry. */
  record Stamped(SplitOrder order, long leaderTimeMs) {}

  static boolean isIn(ByteBuffer entry) {
    return entry.hasRemaining() && entry.get(entry.position()) == KIND;
  }

  ByteBuffer encode(long leaderTimeMs) {
    ByteBuffer entry =
        ByteBuffer.allocate(1 + 8 + 4 + 2 + Members.size(voters) + Members.size(learners));
    entry.put(KIND).putLong(leaderTimeMs).putInt(child).putShort((short) atSlot);
    Members.write(voters, entry);
    Members.write(learners, entry);
    return entry.flip();
  }

  /**
   * @param entry from position to limit; its position is left as it is
   * @throws MalformedEntryException if it is cut short, or too long
   */
  static Stamped decode(ByteBuffer entry) {
    ByteBuffer in = entry.slice();
    try {
      in.get();
      long leaderTimeMs = in.getLong();
      int child = in.getInt();
      int atSlot = in.getShort() & 0xFFFF;
      SplitOrder order = new SplitOrder(child, atSlot, Members.read(in), Members.read(in));
      if (in.hasRemaining()) {
        throw new MalformedEntryException(in.remaining() + " bytes follow a split");
      }
      return new Stamped(order, leaderTimeMs);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new MalformedEntryException("a split is malformed: " + e);
    }
  }

  /** Sets of nodes, in the order of their ids: number (2 bytes), then length (1) and id of each. */
  static final class Members {
    private Members() {}

    static int size(Set<NodeId> nodes) {
      int size = 2;
      for (NodeId node : nodes) {
        size += 1 + bytes(node).length;
      }
      return size;
    }

    static void write(Set<NodeId> nodes, ByteBuffer to) {
      to.putShort((short) nodes.size());
      for (NodeId node : new TreeSet<>(nodes)) {
        byte[] id = bytes(node);
        to.put((byte) id.length).put(id);
      }
    }

    static Set<NodeId> read(ByteBuffer from) {
      int count = from.getShort() & 0xFFFF;
      Set<NodeId> nodes = new TreeSet<>();
      for (int i = 0; i < count; i++) {
        byte[] id = new byte[from.get() & 0xFF];
        from.get(id);
        nodes.add(new NodeId(new String(id, StandardCharsets.UTF_8)));
      }
      return nodes;
    }

    private static byte[] bytes(NodeId node) {
      return node.value().getBytes(StandardCharsets.UTF_8);
    }
  }
}
