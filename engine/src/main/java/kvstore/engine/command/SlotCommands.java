package kvstore.engine.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import kvstore.engine.storage.StorageException;

/** What concerns slots rather than keys. */
final class SlotCommands {
  private SlotCommands() {}

  /** {@code count-keys-in-slot slot}. */
  static Outcome countKeys(KeyView keys, byte[][] arguments) throws StorageException {
    int slot = slot(arguments[0]);
    long[] count = {0};
    keys.visit(
        slot,
        slot,
        (keySlot, key, type) -> {
          count[0]++;
          return true;
        });
    return new Outcome.Int(count[0]);
  }

  /** {@code keys-in-slot slot count}: the first keys of the slot, in the order of their bytes. */
  static Outcome keys(KeyView keys, byte[][] arguments) throws StorageException {
    int slot = slot(arguments[0]);
    long limit = Numbers.parse(arguments[1]);
    if (limit < 0) {
      throw new Refusal("ERR Invalid number of keys");
    }
    List<Outcome> found = new ArrayList<>();
    if (limit == 0) {
      return new Outcome.Many(found);
    }
    ReplySize size = new ReplySize(keys.limits());
    keys.visit(
        slot,
        slot,
        (keySlot, key, type) -> {
          size.add(key.length);
          found.add(new Outcome.Bytes(key));
          return found.size() < limit;
        });
    return new Outcome.Many(found);
  }

  private static int slot(byte[] argument) {
    long slot = Numbers.parse(argument);
    if (slot < 0 || slot >= KeyView.SLOTS) {
      throw new Refusal("ERR Invalid slot");
    }
    return (int) slot;
  }

  static boolean isOf(SlotRange range, byte[][] arguments) {
    return range.holds(slot(arguments[0]));
  }

  /**
   * The leader's count of keys, as what has to be added to the estimate that every replica keeps
   * since a split: basis, keys and expiring keys, 8 bytes each.
   */
  static Outcome recount(KeyEditor keys, byte[][] arguments) {
    long basis = number(arguments[0]);
    long count = number(arguments[1]);
    long expiring = number(arguments[2]);
    return new Outcome.Int(keys.recounted(basis, count, expiring) ? 1 : 0);
  }

  static Command recount(long basis, long keys, long expiring) {
    return new Command(
        Operation.RECOUNT, new byte[][] {bytes(basis), bytes(keys), bytes(expiring)});
  }

  /** Drops what the index of times still holds of keys that went to another shard. */
  static Outcome forget(KeyEditor keys, byte[][] arguments) {
    for (byte[] entry : arguments) {
      keys.forgetTime(entry);
    }
    return new Outcome.Int(arguments.length);
  }

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static long number(byte[] argument) {
    if (argument.length != Long.BYTES) {
      throw new Refusal("ERR expected a number of 8 bytes, but got " + argument.length);
    }
    return ByteBuffer.wrap(argument).getLong();
  }
}
