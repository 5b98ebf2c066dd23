package kvstore.engine.command;

import kvstore.engine.command.Expiry.Unit;
import kvstore.engine.storage.StorageException;

/** When keys end. */
final class ExpiryCommands {
  private static final Outcome ZERO = new Outcome.Int(0);
  private static final Outcome ONE = new Outcome.Int(1);
  private static final Outcome FOREVER = new Outcome.Int(-1);
  private static final Outcome NO_KEY = new Outcome.Int(-2);

  private ExpiryCommands() {}

  static Outcome expire(KeyEditor keys, byte[][] arguments) throws StorageException {
    return expire(keys, arguments, Unit.SECONDS, "expire");
  }

  static Outcome pExpire(KeyEditor keys, byte[][] arguments) throws StorageException {
    return expire(keys, arguments, Unit.MILLISECONDS, "pexpire");
  }

  static Outcome expireAt(KeyEditor keys, byte[][] arguments) throws StorageException {
    return expire(keys, arguments, Unit.AT_SECONDS, "expireat");
  }

  static Outcome pExpireAt(KeyEditor keys, byte[][] arguments) throws StorageException {
    return expire(keys, arguments, Unit.AT_MILLISECONDS, "pexpireat");
  }

  private static Outcome expire(KeyEditor keys, byte[][] arguments, Unit unit, String command)
      throws StorageException {
    Condition condition = Condition.parse(arguments);
    long number = Numbers.parse(arguments[1]);
    long when = Expiry.absolute(number, unit, keys.nowMs(), command);
    Value value = keys.get(arguments[0]);
    if (value == null || !condition.allows(value.expireAtMs(), when)) {
      return ZERO;
    }
    if (when <= keys.nowMs()) {
      keys.remove(arguments[0]);
    } else {
      keys.put(arguments[0], value, when);
    }
    return ONE;
  }

  /** NX, XX, GT and LT. */
  private record Condition(boolean nx, boolean xx, boolean gt, boolean lt) {

    static Condition parse(byte[][] arguments) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      for (int i = 2; i < arguments.length; i++) {
        if (Words.is(arguments[i], "nx")) {
          nx = true;
        } else if (Words.is(arguments[i], "xx")) {
          xx = true;
        } else if (Words.is(arguments[i], "gt")) {
          gt = true;
        } else if (Words.is(arguments[i], "lt")) {
          lt = true;
        } else {
          throw new Refusal("ERR Unsupported option " + Words.text(arguments[i]));
        }
      }
      if (nx && (xx || gt || lt)) {
        throw new Refusal("ERR NX and XX, GT or LT options at the same time are not compatible");
      }
      if (gt && lt) {
        throw new Refusal("ERR GT and LT options at the same time are not compatible");
      }
      return new Condition(nx, xx, gt, lt);
    }

    /** A key that stays counts as one that ends later than any other. */
    boolean allows(long current, long when) {
      boolean stays = current == Value.NEVER;
      return !(nx && !stays
          || xx && stays
          || gt && (stays || when <= current)
          || lt && !stays && when >= current);
    }
  }

  static Outcome ttl(KeyView keys, byte[][] arguments) throws StorageException {
    return left(keys, arguments[0], true);
  }

  static Outcome pTtl(KeyView keys, byte[][] arguments) throws StorageException {
    return left(keys, arguments[0], false);
  }

  private static Outcome left(KeyView keys, byte[] key, boolean seconds) throws StorageException {
    Value value = keys.get(key);
    if (value == null || !value.expires()) {
      return value == null ? NO_KEY : FOREVER;
    }
    long ms = Math.max(0, value.expireAtMs() - keys.nowMs());
    return new Outcome.Int(seconds ? toSeconds(ms) : ms);
  }

  static Outcome expireTime(KeyView keys, byte[][] arguments) throws StorageException {
    return end(keys, arguments[0], true);
  }

  static Outcome pExpireTime(KeyView keys, byte[][] arguments) throws StorageException {
    return end(keys, arguments[0], false);
  }

  private static Outcome end(KeyView keys, byte[] key, boolean seconds) throws StorageException {
    Value value = keys.get(key);
    if (value == null || !value.expires()) {
      return value == null ? NO_KEY : FOREVER;
    }
    return new Outcome.Int(seconds ? toSeconds(value.expireAtMs()) : value.expireAtMs());
  }

  private static long toSeconds(long ms) {
    return ms / 1000 + (ms % 1000 >= 500 ? 1 : 0);
  }

  static Outcome persist(KeyEditor keys, byte[][] arguments) throws StorageException {
    Value value = keys.get(arguments[0]);
    if (value == null || !value.expires()) {
      return ZERO;
    }
    keys.put(arguments[0], value, Value.NEVER);
    return ONE;
  }
}
