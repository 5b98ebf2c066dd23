package kvstore.engine.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kvstore.engine.command.Expiry.Unit;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** Whole strings and ranges of them. */
final class StringCommands {
  private static final byte[] EMPTY = {};
  private static final Outcome ONE = new Outcome.Int(1);
  private static final Outcome ZERO = new Outcome.Int(0);

  private StringCommands() {}

  static Outcome put(KeyEditor keys, byte[][] arguments) throws StorageException {
    keys.put(arguments[0], arguments[1], Value.NEVER);
    return Outcome.OK;
  }

  static Outcome get(KeyView keys, byte[][] arguments) throws StorageException {
    return Strings.outcome(Strings.get(keys, arguments[0]));
  }

  static Outcome setNx(KeyEditor keys, byte[][] arguments) throws StorageException {
    if (keys.get(arguments[0]) != null) {
      return ZERO;
    }
    keys.put(arguments[0], arguments[1], Value.NEVER);
    return ONE;
  }

  static Outcome setEx(KeyEditor keys, byte[][] arguments) throws StorageException {
    long expireAt = Expiry.positive(arguments[1], Unit.SECONDS, keys.nowMs(), "setex");
    keys.put(arguments[0], arguments[2], expireAt);
    return Outcome.OK;
  }

  static Outcome pSetEx(KeyEditor keys, byte[][] arguments) throws StorageException {
    long expireAt = Expiry.positive(arguments[1], Unit.MILLISECONDS, keys.nowMs(), "psetex");
    keys.put(arguments[0], arguments[2], expireAt);
    return Outcome.OK;
  }

  static Outcome getSet(KeyEditor keys, byte[][] arguments) throws StorageException {
    Outcome old = Strings.outcome(Strings.get(keys, arguments[0]));
    keys.put(arguments[0], arguments[1], Value.NEVER);
    return old;
  }

  static Outcome getDel(KeyEditor keys, byte[][] arguments) throws StorageException {
    Outcome old = Strings.outcome(Strings.get(keys, arguments[0]));
    keys.remove(arguments[0]);
    return old;
  }

  static Outcome mGet(KeyView keys, byte[][] arguments) throws StorageException {
    List<Outcome> values = new ArrayList<>(arguments.length);
    ReplySize size = new ReplySize(keys.limits());
    for (byte[] key : arguments) {
      Value value = keys.get(key);
      if (value == null || value.type() != Value.STRING) {
        values.add(Outcome.NIL);
      } else {
        size.add(value.length());
        values.add(Strings.outcome(value));
      }
    }
    return new Outcome.Many(values);
  }

  static Outcome mSet(KeyEditor keys, byte[][] arguments) throws StorageException {
    checkPairs(keys, arguments, Operation.MSET);
    putPairs(keys, arguments);
    return Outcome.OK;
  }

  static Outcome mSetNx(KeyEditor keys, byte[][] arguments) throws StorageException {
    checkPairs(keys, arguments, Operation.MSETNX);
    for (int i = 0; i < arguments.length; i += 2) {
      if (keys.get(arguments[i]) != null) {
        return ZERO;
      }
    }
    putPairs(keys, arguments);
    return ONE;
  }

  /** All that could be refused is looked at before the first key is set. */
  private static void checkPairs(KeyEditor keys, byte[][] arguments, Operation operation) {
    if (arguments.length % 2 != 0) {
      throw Refusal.arity(operation);
    }
    keys.checkPuts(arguments);
  }

  private static void putPairs(KeyEditor keys, byte[][] arguments) throws StorageException {
    for (int i = 0; i < arguments.length; i += 2) {
      keys.put(arguments[i], arguments[i + 1], Value.NEVER);
    }
  }

  static Outcome append(KeyEditor keys, byte[][] arguments) throws StorageException {
    byte[] added = arguments[1];
    Value old = Strings.get(keys, arguments[0]);
    if (old == null) {
      keys.put(arguments[0], added, Value.NEVER);
      return new Outcome.Int(added.length);
    }
    long length = (long) old.length() + added.length;
    Strings.checkLength(keys, length);
    byte[] joined = old.payloadOfLength((int) length);
    System.arraycopy(added, 0, joined, old.length(), added.length);
    keys.put(arguments[0], joined, old.expireAtMs());
    return new Outcome.Int(length);
  }

  static Outcome strLen(KeyView keys, byte[][] arguments) throws StorageException {
    Value value = Strings.get(keys, arguments[0]);
    return new Outcome.Int(value == null ? 0 : value.length());
  }

  static Outcome getRange(KeyView keys, byte[][] arguments) throws StorageException {
    long start = Numbers.parse(arguments[1]);
    long end = Numbers.parse(arguments[2]);
    Value value = Strings.get(keys, arguments[0]);
    if (value == null) {
      return new Outcome.Bytes(EMPTY);
    }
    int length = value.length();
    if (start < 0 && end < 0 && start > end) {
      return new Outcome.Bytes(EMPTY);
    }
    long from = Math.max(0, start < 0 ? start + length : start);
    long to = Math.min(length - 1, Math.max(0, end < 0 ? end + length : end));
    if (from > to || length == 0) {
      return new Outcome.Bytes(EMPTY);
    }
    return new Outcome.Bytes(value.slice((int) from, (int) to + 1));
  }

  static Outcome setRange(KeyEditor keys, byte[][] arguments) throws StorageException {
    long offset = Numbers.parse(arguments[1]);
    if (offset < 0) {
      throw new Refusal("ERR offset is out of range");
    }
    byte[] part = arguments[2];
    @Nullable Value old = Strings.get(keys, arguments[0]);
    int oldLength = old == null ? 0 : old.length();
    if (part.length == 0) {
      return new Outcome.Int(oldLength);
    }
    if (offset > Integer.MAX_VALUE) {
      throw new Refusal(Refusal.TOO_LONG);
    }
    Strings.checkLength(keys, offset + part.length);
    int length = Math.max(oldLength, (int) offset + part.length);
    byte[] changed = old == null ? new byte[length] : old.payloadOfLength(length);
    System.arraycopy(part, 0, changed, (int) offset, part.length);
    keys.put(arguments[0], changed, Strings.expiryOf(old));
    return new Outcome.Int(length);
  }

  /**
   * {@code CAS key expected new}: 1 if the value was as expected and is now the new one, 0 if it
   * was another, -1 if there is no such key. The time of expiry stays.
   */
  static Outcome compareAndSet(KeyEditor keys, byte[][] arguments) throws StorageException {
    Value value = Strings.get(keys, arguments[0]);
    if (value == null) {
      return new Outcome.Int(-1);
    }
    if (!value.holds(arguments[1])) {
      return ZERO;
    }
    keys.put(arguments[0], arguments[2], value.expireAtMs());
    return ONE;
  }

  /** {@code CAD key expected}: compare and delete, with the answers of CAS. */
  static Outcome compareAndDelete(KeyEditor keys, byte[][] arguments) throws StorageException {
    Value value = Strings.get(keys, arguments[0]);
    if (value == null) {
      return new Outcome.Int(-1);
    }
    if (!Arrays.equals(value.payload(), arguments[1])) {
      return ZERO;
    }
    keys.remove(arguments[0]);
    return ONE;
  }
}
