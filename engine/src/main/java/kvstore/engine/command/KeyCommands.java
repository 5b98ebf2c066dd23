package kvstore.engine.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kvstore.engine.storage.StorageException;

/** Keys, whatever they hold. */
final class KeyCommands {
  private static final Outcome ZERO = new Outcome.Int(0);
  private static final Outcome ONE = new Outcome.Int(1);

  private KeyCommands() {}

  static Outcome remove(KeyEditor keys, byte[][] arguments) throws StorageException {
    return keys.remove(arguments[0]) ? Outcome.OK : Outcome.NIL;
  }

  static Outcome del(KeyEditor keys, byte[][] arguments) throws StorageException {
    long removed = 0;
    for (byte[] key : arguments) {
      if (keys.remove(key)) {
        removed++;
      }
    }
    return new Outcome.Int(removed);
  }

  /** EXISTS and TOUCH: a key named twice counts twice. */
  static Outcome exists(KeyView keys, byte[][] arguments) throws StorageException {
    long found = 0;
    for (byte[] key : arguments) {
      if (keys.get(key) != null) {
        found++;
      }
    }
    return new Outcome.Int(found);
  }

  static Outcome type(KeyView keys, byte[][] arguments) throws StorageException {
    Value value = keys.get(arguments[0]);
    return new Outcome.Text(value == null ? "none" : typeName(value.type()));
  }

  static String typeName(byte type) {
    return type == Value.STRING ? "string" : "unknown";
  }

  static Outcome rename(KeyEditor keys, byte[][] arguments) throws StorageException {
    move(keys, arguments[0], arguments[1]);
    return Outcome.OK;
  }

  static Outcome renameNx(KeyEditor keys, byte[][] arguments) throws StorageException {
    Value source = keys.get(arguments[0]);
    if (source == null) {
      throw new Refusal(Refusal.NO_SUCH_KEY);
    }
    if (keys.get(arguments[1]) != null) {
      return ZERO;
    }
    move(keys, arguments[0], arguments[1]);
    return ONE;
  }

  private static void move(KeyEditor keys, byte[] from, byte[] to) throws StorageException {
    Value value = keys.get(from);
    if (value == null) {
      throw new Refusal(Refusal.NO_SUCH_KEY);
    }
    if (!Arrays.equals(from, to)) {
      keys.put(to, value, value.expireAtMs());
      keys.remove(from);
    }
  }

  /** {@code COPY source destination [DB 0] [REPLACE]}. */
  static Outcome copy(KeyEditor keys, byte[][] arguments) throws StorageException {
    boolean replace = false;
    for (int i = 2; i < arguments.length; i++) {
      if (Words.is(arguments[i], "replace")) {
        replace = true;
      } else if (Words.is(arguments[i], "db") && i + 1 < arguments.length) {
        checkDatabase(arguments[++i]);
      } else {
        throw Refusal.syntax();
      }
    }
    if (Arrays.equals(arguments[0], arguments[1])) {
      throw new Refusal("ERR source and destination objects are the same");
    }
    Value value = keys.get(arguments[0]);
    if (value == null || !replace && keys.get(arguments[1]) != null) {
      return ZERO;
    }
    keys.put(arguments[1], value, value.expireAtMs());
    return ONE;
  }

  private static void checkDatabase(byte[] argument) {
    long database = Numbers.parse(argument);
    if (database < Integer.MIN_VALUE || database > Integer.MAX_VALUE) {
      throw new Refusal("ERR value is out of range, value must between -2147483648 and 2147483647");
    }
    if (database != 0) {
      throw new Refusal("ERR DB index is out of range");
    }
  }

  static Outcome dbSize(KeyView keys, byte[][] arguments) throws StorageException {
    return new Outcome.Int(keys.count());
  }

  /** {@code FLUSHDB|FLUSHALL [ASYNC|SYNC]}: always at once, space is freed by compactions. */
  static Outcome flush(KeyEditor keys, byte[][] arguments) {
    boolean valid =
        arguments.length == 0
            || arguments.length == 1
                && (Words.is(arguments[0], "async") || Words.is(arguments[0], "sync"));
    if (!valid) {
      throw Refusal.syntax();
    }
    keys.clear();
    return Outcome.OK;
  }

  /** Versions of keys, for WATCH; 0 where there is no such key. */
  static Outcome versions(KeyView keys, byte[][] arguments) throws StorageException {
    List<Outcome> versions = new ArrayList<>(arguments.length);
    for (byte[] key : arguments) {
      versions.add(new Outcome.Int(version(keys, key)));
    }
    return new Outcome.Many(versions);
  }

  static long version(KeyView keys, byte[] key) throws StorageException {
    Value value = keys.get(key);
    return value == null ? 0 : value.version();
  }

  /** The leader's proposal to free keys past their time; answers how many there were. */
  static Outcome sweep(KeyEditor keys, byte[][] arguments) throws StorageException {
    long purged = 0;
    for (byte[] key : arguments) {
      if (keys.purge(key)) {
        purged++;
      }
    }
    return new Outcome.Int(purged);
  }
}
