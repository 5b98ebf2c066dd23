package kvstore.engine.command;

import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** Access to keys that must hold strings. */
final class Strings {
  private Strings() {}

  /** The string at a key, or null if there is no such key. */
  static @Nullable Value get(KeyView keys, byte[] key) throws StorageException {
    Value value = keys.get(key);
    if (value != null && value.type() != Value.STRING) {
      throw new Refusal(Refusal.WRONG_TYPE);
    }
    return value;
  }

  static Outcome outcome(@Nullable Value value) {
    return value == null ? Outcome.NIL : new Outcome.Bytes(value.payload());
  }

  /** When a change in place leaves the key to expire. */
  static long expiryOf(@Nullable Value value) {
    return value == null ? Value.NEVER : value.expireAtMs();
  }

  static void checkLength(KeyView keys, long length) {
    if (length > keys.limits().maxValueBytes()) {
      throw new Refusal(Refusal.TOO_LONG);
    }
  }
}
