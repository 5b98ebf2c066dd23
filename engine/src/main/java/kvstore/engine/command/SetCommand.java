package kvstore.engine.command;

import kvstore.engine.command.Expiry.Unit;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** SET and GETEX, which share their options. */
final class SetCommand {
  private SetCommand() {}

  /** The options of one call. */
  private static final class Options {
    private final boolean setting;
    private boolean nx;
    private boolean xx;
    private boolean get;
    private boolean keepTtl;
    private boolean persist;
    private @Nullable Unit unit;
    private byte @Nullable [] expiry;

    private Options(boolean setting) {
      this.setting = setting;
    }

    static Options parse(byte[][] arguments, int from, boolean setting) {
      Options options = new Options(setting);
      for (int i = from; i < arguments.length; i++) {
        if (options.word(arguments[i])) {
          continue;
        }
        Unit unit = unit(arguments[i]);
        if (unit == null || i + 1 == arguments.length || !options.allows(unit)) {
          throw Refusal.syntax();
        }
        options.unit = unit;
        options.expiry = arguments[++i];
      }
      return options;
    }

    private boolean word(byte[] argument) {
      if (setting && !xx && Words.is(argument, "nx")) {
        nx = true;
      } else if (setting && !nx && Words.is(argument, "xx")) {
        xx = true;
      } else if (setting && Words.is(argument, "get")) {
        get = true;
      } else if (setting && unit == null && Words.is(argument, "keepttl")) {
        keepTtl = true;
      } else if (!setting && unit == null && Words.is(argument, "persist")) {
        persist = true;
      } else {
        return false;
      }
      return true;
    }

    /** As in Redis the same unit may come twice, and the last one counts. */
    private boolean allows(Unit another) {
      return (unit == null || unit == another) && !keepTtl && !persist;
    }

    private static @Nullable Unit unit(byte[] argument) {
      if (Words.is(argument, "ex")) {
        return Unit.SECONDS;
      } else if (Words.is(argument, "px")) {
        return Unit.MILLISECONDS;
      } else if (Words.is(argument, "exat")) {
        return Unit.AT_SECONDS;
      } else if (Words.is(argument, "pxat")) {
        return Unit.AT_MILLISECONDS;
      }
      return null;
    }

    /** What the key holds, or null also if the reply and the change do not depend on it. */
    @Nullable Value previous(KeyEditor keys, byte[] key) throws StorageException {
      if (get) {
        return Strings.get(keys, key);
      }
      return nx || xx || keepTtl ? keys.get(key) : null;
    }

    long expireAtMs(long nowMs) {
      return unit == null || expiry == null
          ? Value.NEVER
          : Expiry.positive(expiry, unit, nowMs, setting ? "set" : "getex");
    }
  }

  /** {@code SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]}. */
  static Outcome set(KeyEditor keys, byte[][] arguments) throws StorageException {
    byte[] key = arguments[0];
    if (arguments.length == 2) {
      keys.put(key, arguments[1], Value.NEVER);
      return Outcome.OK;
    }
    Options options = Options.parse(arguments, 2, true);
    long expireAt = options.expireAtMs(keys.nowMs());
    Value old = options.previous(keys, key);
    if (options.nx && old != null || options.xx && old == null) {
      return options.get ? Strings.outcome(old) : Outcome.NIL;
    }
    Outcome previous = options.get ? Strings.outcome(old) : Outcome.OK;
    put(keys, key, arguments[1], options.keepTtl ? Strings.expiryOf(old) : expireAt);
    return previous;
  }

  /** Sets a value, or frees the key if the new time is already past. */
  private static void put(KeyEditor keys, byte[] key, byte[] payload, long expireAtMs)
      throws StorageException {
    keys.put(key, payload, expireAtMs);
    if (expireAtMs != Value.NEVER && expireAtMs < keys.nowMs()) {
      keys.purge(key);
    }
  }

  /** {@code GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST]}. */
  static Outcome getEx(KeyEditor keys, byte[][] arguments) throws StorageException {
    byte[] key = arguments[0];
    Options options = Options.parse(arguments, 1, false);
    Value value = Strings.get(keys, key);
    if (value == null) {
      return Outcome.NIL;
    }
    long expireAt = options.expireAtMs(keys.nowMs());
    Outcome outcome = Strings.outcome(value);
    if (options.unit != null) {
      if (expireAt <= keys.nowMs()) {
        keys.remove(key);
      } else {
        keys.put(key, value, expireAt);
      }
    } else if (options.persist && value.expires()) {
      keys.put(key, value, Value.NEVER);
    }
    return outcome;
  }
}
