package kvstore.engine.command;

import java.math.BigDecimal;
import kvstore.engine.storage.StorageException;

/** Strings that are numbers. */
final class CounterCommands {
  private static final String OVERFLOW = "ERR increment or decrement would overflow";

  private CounterCommands() {}

  static Outcome incr(KeyEditor keys, byte[][] arguments) throws StorageException {
    return add(keys, arguments[0], 1);
  }

  static Outcome decr(KeyEditor keys, byte[][] arguments) throws StorageException {
    return add(keys, arguments[0], -1);
  }

  static Outcome incrBy(KeyEditor keys, byte[][] arguments) throws StorageException {
    return add(keys, arguments[0], Numbers.parse(arguments[1]));
  }

  static Outcome decrBy(KeyEditor keys, byte[][] arguments) throws StorageException {
    long decrement = Numbers.parse(arguments[1]);
    if (decrement == Long.MIN_VALUE) {
      throw new Refusal("ERR decrement would overflow");
    }
    return add(keys, arguments[0], -decrement);
  }

  private static Outcome add(KeyEditor keys, byte[] key, long increment) throws StorageException {
    Value value = Strings.get(keys, key);
    long old = value == null ? 0 : Numbers.parse(value);
    long sum = old + increment;
    if (((old ^ sum) & (increment ^ sum)) < 0) {
      throw new Refusal(OVERFLOW);
    }
    keys.put(key, Numbers.format(sum), Strings.expiryOf(value));
    return new Outcome.Int(sum);
  }

  static Outcome incrByFloat(KeyEditor keys, byte[][] arguments) throws StorageException {
    Value value = Strings.get(keys, arguments[0]);
    ExtendedFloat old =
        value == null
            ? ExtendedFloat.of(BigDecimal.ZERO)
            : ExtendedFloat.parse(value.data(), value.offset(), value.length());
    ExtendedFloat increment = ExtendedFloat.parse(arguments[1], 0, arguments[1].length);
    byte[] sum = Words.bytes(old.plus(increment).format());
    keys.put(arguments[0], sum, Strings.expiryOf(value));
    return new Outcome.Bytes(sum);
  }
}
