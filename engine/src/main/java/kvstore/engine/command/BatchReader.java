package kvstore.engine.command;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads one log entry, laid out as in {@code docs/formats/log-entry.md}. */
public final class BatchReader {
  private static final int MIN_ARGUMENT_BYTES = BatchWriter.ARGUMENT_BYTES;

  private final ByteBuffer entry;
  private final long leaderTimeMs;
  private final int count;
  private final boolean identified;
  private int read;
  private boolean sawIdentity;

  /**
   * @param entry from position to limit; its position is left as it is
   * @throws MalformedEntryException if it is not an entry of a known format
   */
  public BatchReader(ByteBuffer entry) {
    this.entry = entry.slice();
    if (this.entry.remaining() < BatchWriter.HEADER_BYTES) {
      throw new MalformedEntryException(
          "expected an entry of at least "
              + BatchWriter.HEADER_BYTES
              + " bytes, but got "
              + this.entry.remaining());
    }
    byte format = this.entry.get();
    if (format != BatchWriter.FORMAT && format != BatchWriter.PLAIN_FORMAT) {
      throw new MalformedEntryException(
          "expected log entry format "
              + BatchWriter.PLAIN_FORMAT
              + " or "
              + BatchWriter.FORMAT
              + ", but found "
              + (format & 0xFF)
              + "; start a version of kvstore that knows it");
    }
    identified = format == BatchWriter.FORMAT;
    leaderTimeMs = this.entry.getLong();
    count = this.entry.getShort() & 0xFFFF;
  }

  /** When the leader proposed the entry, ms since the epoch. */
  public long leaderTimeMs() {
    return leaderTimeMs;
  }

  public int count() {
    return count;
  }

  /**
   * The next command, its arguments in arrays of their own; null after the last one.
   *
   * @throws MalformedEntryException if the entry is cut short, too long, or holds an operation that
   *     is not known
   */
  public @Nullable Command next() {
    if (read == count) {
      if (entry.hasRemaining()) {
        throw new MalformedEntryException(entry.remaining() + " bytes follow the last command");
      }
      if (identified != sawIdentity) {
        throw new MalformedEntryException("expected a command with an identity, but there is none");
      }
      return null;
    }
    read++;
    try {
      int id = entry.getShort() & 0xFFFF;
      boolean hasIdentity = identified && (id & BatchWriter.IDENTIFIED) != 0;
      Operation operation = operation(hasIdentity ? id & ~BatchWriter.IDENTIFIED : id);
      long identity = hasIdentity ? entry.getLong() : 0;
      if (hasIdentity && identity == 0) {
        throw new MalformedEntryException("expected an identity, but found 0");
      }
      sawIdentity |= hasIdentity;
      return new Command(operation, arguments(), identity);
    } catch (BufferUnderflowException e) {
      throw new MalformedEntryException("the entry is cut short");
    }
  }

  private static Operation operation(int id) {
    Operation operation = Operation.byId(id);
    if (operation == null) {
      throw new MalformedEntryException(
          "operation " + id + " is not known; start a version of kvstore that knows it");
    }
    return operation;
  }

  private byte[][] arguments() {
    int arguments = entry.getInt();
    if (arguments < 0 || arguments > entry.remaining() / MIN_ARGUMENT_BYTES) {
      throw new MalformedEntryException("an impossible number of arguments: " + arguments);
    }
    byte[][] all = new byte[arguments][];
    for (int i = 0; i < arguments; i++) {
      int length = entry.getInt();
      if (length < 0 || length > entry.remaining()) {
        throw new MalformedEntryException("an argument of impossible length: " + length);
      }
      all[i] = new byte[length];
      entry.get(all[i]);
    }
    return all;
  }
}
