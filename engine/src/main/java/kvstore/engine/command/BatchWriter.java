package kvstore.engine.command;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Gathers commands into one log entry, laid out as in {@code docs/formats/log-entry.md}. Belongs to
 * one thread at a time. Can be used again after {@link #reset}.
 */
public final class BatchWriter {
  /** Most commands in one entry: their place must fit into 16 bits of a version. */
  public static final int MAX_COMMANDS = 65_535;

  /** Of an entry without identities. */
  static final byte PLAIN_FORMAT = 1;

  static final byte FORMAT = 2;

  /** Set in the operation id of a command that has an identity. */
  static final int IDENTIFIED = 0x8000;

  static final int IDENTITY_BYTES = 8;
  static final int HEADER_BYTES = 1 + 8 + 2;
  static final int COMMAND_BYTES = 2 + 4;
  static final int ARGUMENT_BYTES = 4;

  private static final int INITIAL_BYTES = 1024;
  private static final int TIME_OFFSET = 1;
  private static final int COUNT_OFFSET = 9;

  private ByteBuffer buffer = ByteBuffer.allocate(INITIAL_BYTES);
  private int count;
  private boolean identified;

  public BatchWriter() {
    buffer.position(HEADER_BYTES);
  }

  /** What {@link #add} would add to the entry. */
  public static long sizeOf(Command command) {
    long size = COMMAND_BYTES + (command.identity() == 0 ? 0 : IDENTITY_BYTES);
    for (byte[] argument : command.arguments()) {
      size += ARGUMENT_BYTES + argument.length;
    }
    return size;
  }

  /**
   * @throws IllegalStateException if the entry holds {@link #MAX_COMMANDS}, or would not fit into
   *     an array
   */
  public void add(Command command) {
    if (count == MAX_COMMANDS) {
      throw new IllegalStateException("an entry holds at most " + MAX_COMMANDS + " commands");
    }
    reserve(sizeOf(command));
    int id = command.operation().id();
    if (command.identity() == 0) {
      buffer.putShort((short) id);
    } else {
      buffer.putShort((short) (id | IDENTIFIED));
      buffer.putLong(command.identity());
      identified = true;
    }
    buffer.putInt(command.arguments().length);
    for (byte[] argument : command.arguments()) {
      buffer.putInt(argument.length);
      buffer.put(argument);
    }
    count++;
  }

  private void reserve(long more) {
    long needed = buffer.position() + more;
    if (needed <= buffer.capacity()) {
      return;
    }
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException("an entry of " + needed + " bytes is too large");
    }
    int capacity = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * buffer.capacity()));
    int position = buffer.position();
    buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), capacity)).position(position);
  }

  /** Number of commands so far. */
  public int count() {
    return count;
  }

  /** Size of the entry so far. */
  public int sizeBytes() {
    return buffer.position();
  }

  /**
   * The entry, from position to limit. It shares the writer's memory: after this call only {@link
   * #reset} may follow.
   *
   * @param leaderTimeMs ms since the epoch
   */
  public ByteBuffer finish(long leaderTimeMs) {
    buffer.put(0, identified ? FORMAT : PLAIN_FORMAT);
    buffer.putLong(TIME_OFFSET, leaderTimeMs);
    buffer.putShort(COUNT_OFFSET, (short) count);
    ByteBuffer entry = buffer.duplicate();
    entry.flip();
    return entry;
  }

  /** Starts an empty entry in memory of its own; the entry handed out before stays as it is. */
  public void reset() {
    buffer = ByteBuffer.allocate(INITIAL_BYTES);
    buffer.position(HEADER_BYTES);
    count = 0;
    identified = false;
  }
}
