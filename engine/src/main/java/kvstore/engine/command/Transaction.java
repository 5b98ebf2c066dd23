package kvstore.engine.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import kvstore.engine.storage.StorageException;

/**
 * Commands that are one: a {@link Command} of {@link Operation#EXEC}. Its outcome is {@link
 * Outcome.Many} with an outcome per command, or {@link Outcome#NIL_MANY} if a watched key has
 * another version than when it was watched; then nothing has changed.
 *
 * <p>The arguments are: one of 8 bytes with the numbers of watched keys and of commands; for each
 * watched key the key and 8 bytes of version; for each command 6 bytes, operation id (2) and number
 * of arguments (4), then its arguments. Integers are big endian.
 */
public final class Transaction {
  private static final int HEADER_BYTES = 8;
  private static final int COMMAND_BYTES = 6;

  /**
   * A key that must not have changed.
   *
   * @param version its version when it was watched, 0 if it did not exist
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  public record Watched(byte[] key, long version) {}

  private Transaction() {}

  /**
   * @param commands no EXEC among them
   */
  public static Command of(List<Watched> watched, List<Command> commands) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(
        ByteBuffer.allocate(HEADER_BYTES).putInt(watched.size()).putInt(commands.size()).array());
    for (Watched watch : watched) {
      arguments.add(watch.key());
      arguments.add(ByteBuffer.allocate(Long.BYTES).putLong(watch.version()).array());
    }
    for (Command command : commands) {
      if (command.operation() == Operation.EXEC) {
        throw new IllegalArgumentException("a transaction cannot hold another one");
      }
      arguments.add(
          ByteBuffer.allocate(COMMAND_BYTES)
              .putShort((short) command.operation().id())
              .putInt(command.arguments().length)
              .array());
      arguments.addAll(List.of(command.arguments()));
    }
    return new Command(Operation.EXEC, arguments.toArray(byte[][]::new));
  }

  static Outcome execute(KeyEditor keys, byte[][] arguments) throws StorageException {
    Parts parts = new Parts(arguments);
    List<Watched> watched = parts.watched();
    List<Command> commands = parts.commands();
    for (Watched watch : watched) {
      if (KeyCommands.version(keys, watch.key()) != watch.version()) {
        return Outcome.NIL_MANY;
      }
    }
    List<Outcome> outcomes = new ArrayList<>(commands.size());
    ReplySize size = new ReplySize(keys.limits());
    for (Command command : commands) {
      outcomes.add(bounded(size, command.executeOn(keys)));
    }
    return new Outcome.Many(outcomes);
  }

  /** Whether all keys, watched and of commands, are of this keyspace. */
  static boolean allIn(byte[][] arguments, KeyView keys) {
    Parts parts = new Parts(arguments);
    for (Watched watch : parts.watched()) {
      if (!keys.holds(watch.key())) {
        return false;
      }
    }
    for (Command command : parts.commands()) {
      if (!command.isHere(keys)) {
        return false;
      }
    }
    return true;
  }

  /** The effects stand; only the answer is cut. */
  private static Outcome bounded(ReplySize size, Outcome outcome) {
    try {
      size.add(outcome);
      return outcome;
    } catch (Refusal refusal) {
      return refusal.outcome();
    }
  }

  /** The commands of a transaction, in order; empty if it is malformed. */
  public static List<Command> commandsOf(Command transaction) {
    try {
      Parts parts = new Parts(transaction.arguments());
      parts.watched();
      return parts.commands();
    } catch (Refusal malformed) {
      return List.of();
    }
  }

  /** Takes the arguments apart, front to back. */
  private static final class Parts {
    private final byte[][] arguments;
    private final int watchedCount;
    private final int commandCount;
    private int next = 1;

    Parts(byte[][] arguments) {
      this.arguments = arguments;
      ByteBuffer header = number(0, HEADER_BYTES);
      watchedCount = header.getInt();
      commandCount = header.getInt();
      require(watchedCount >= 0 && commandCount >= 0);
    }

    List<Watched> watched() {
      require(watchedCount <= (arguments.length - next) / 2);
      List<Watched> watched = new ArrayList<>(watchedCount);
      for (int i = 0; i < watchedCount; i++) {
        watched.add(new Watched(arguments[next], number(next + 1, Long.BYTES).getLong()));
        next += 2;
      }
      return watched;
    }

    List<Command> commands() {
      require(commandCount <= arguments.length - next);
      List<Command> commands = new ArrayList<>(commandCount);
      for (int i = 0; i < commandCount; i++) {
        commands.add(command());
      }
      require(next == arguments.length);
      return commands;
    }

    private Command command() {
      require(next < arguments.length);
      ByteBuffer header = number(next++, COMMAND_BYTES);
      Operation operation = Operation.byId(header.getShort() & 0xFFFF);
      int count = header.getInt();
      require(count >= 0 && count <= arguments.length - next);
      if (operation == null || operation == Operation.EXEC) {
        throw malformed();
      }
      byte[][] own = new byte[count][];
      System.arraycopy(arguments, next, own, 0, count);
      next += count;
      return new Command(operation, own);
    }

    private ByteBuffer number(int index, int length) {
      require(index < arguments.length && arguments[index].length == length);
      return ByteBuffer.wrap(arguments[index]);
    }

    private static void require(boolean condition) {
      if (!condition) {
        throw malformed();
      }
    }

    private static Refusal malformed() {
      return new Refusal("ERR malformed transaction");
    }
  }
}
