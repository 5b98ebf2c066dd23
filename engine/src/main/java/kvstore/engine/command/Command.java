package kvstore.engine.command;

import kvstore.engine.storage.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An operation with its arguments.
 *
 * @param arguments without the name; neither copied nor changed, and values may be kept
 * @param identity tells it from all others, so that what became of it can be asked for; 0 if nobody
 *     will
 */
@SuppressWarnings("ArrayRecordComponent") // compared by identity only
public record Command(Operation operation, byte[][] arguments, long identity) {
  private static final Logger LOG = LoggerFactory.getLogger(Command.class);

  public Command(Operation operation, byte[][] arguments) {
    this(operation, arguments, 0);
  }

  /** The same command, with an identity. */
  public Command identified(long by) {
    return new Command(operation, arguments, by);
  }

  /**
   * The leader's count of keys after a split.
   *
   * @param basis log index of the split
   * @param moreKeys what to add to the estimated number of keys
   * @param moreExpiring what to add to the estimated number of those that expire
   */
  public static Command recount(long basis, long moreKeys, long moreExpiring) {
    return SlotCommands.recount(basis, moreKeys, moreExpiring);
  }

  /**
   * Runs a read.
   *
   * @return {@link Outcome.Refused} if the arguments are bad or the operation writes, {@link
   *     Outcome#ELSEWHERE} if a key is not of the keyspace's slots
   */
  public Outcome readFrom(KeyView keys) throws StorageException {
    Operation.Read read = operation.reading();
    if (read == null) {
      return new Outcome.Refused("ERR '" + operation.commandName() + "' writes");
    }
    try {
      operation.checkArity(arguments.length);
      return isElsewhere(keys) ? Outcome.ELSEWHERE : read.run(keys, arguments);
    } catch (Refusal refusal) {
      return refusal.outcome();
    } catch (RuntimeException e) {
      return bug(e);
    }
  }

  /**
   * Runs any operation.
   *
   * @return {@link Outcome.Refused} if the arguments are bad, {@link Outcome#ELSEWHERE} if a key is
   *     not of the keyspace's slots; then nothing has changed
   */
  public Outcome executeOn(KeyEditor keys) throws StorageException {
    Operation.Write write = operation.writing();
    if (write == null) {
      return readFrom(keys);
    }
    try {
      operation.checkArity(arguments.length);
      return isElsewhere(keys) ? Outcome.ELSEWHERE : write.run(keys, arguments);
    } catch (Refusal refusal) {
      return refusal.outcome();
    } catch (RuntimeException e) {
      return bug(e);
    }
  }

  /** Whether all its keys are of the keyspace, as far as its arguments can be understood. */
  boolean isHere(KeyView keys) {
    try {
      operation.checkArity(arguments.length);
      return operation.keys().allIn(arguments, keys);
    } catch (Refusal bad) {
      return true; // to be refused when it is its turn
    }
  }

  private boolean isElsewhere(KeyView keys) {
    return !keys.range().isAll() && !operation.keys().allIn(arguments, keys);
  }

  /**
   * A mistake of ours. It is the same on each replica, since commands are deterministic; to stop
   * the replica instead would stop all of them, for good.
   */
  private Outcome bug(RuntimeException e) {
    LOG.error("command '{}' failed unexpectedly", operation.commandName(), e);
    return new Outcome.Refused("ERR internal error in '" + operation.commandName() + "'");
  }
}
