package kvstore.engine.command;

import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** Bits within strings: bit 0 is the highest of the first byte. */
final class Bits {
  static final String BAD_OFFSET = "ERR bit offset is not an integer or out of range";

  private Bits() {}

  /**
   * @param unit bits that an offset with {@code #} counts in; 0 if it may not
   */
  static long offset(KeyView keys, byte[] argument, int unit) {
    boolean counted = unit > 0 && argument.length > 0 && argument[0] == '#';
    int start = counted ? 1 : 0;
    long number = Numbers.parse(argument, start, argument.length - start, BAD_OFFSET);
    boolean tooLarge = counted && number > Long.MAX_VALUE / unit;
    long offset = counted && !tooLarge ? number * unit : number;
    if (tooLarge || offset < 0 || offset >> 3 >= keys.limits().maxValueBytes()) {
      throw new Refusal(BAD_OFFSET);
    }
    return offset;
  }

  static boolean get(byte[] bytes, long bit) {
    int index = (int) (bit >> 3);
    return index < bytes.length && (bytes[index] >> (7 - (bit & 7)) & 1) != 0;
  }

  static boolean get(Value value, long bit) {
    int index = (int) (bit >> 3);
    return index < value.length() && (value.at(index) >> (7 - (bit & 7)) & 1) != 0;
  }

  static void set(byte[] bytes, long bit, boolean on) {
    int index = (int) (bit >> 3);
    int mask = 1 << (7 - (bit & 7));
    bytes[index] = (byte) (on ? bytes[index] | mask : bytes[index] & ~mask);
  }

  /** A copy of the string that has {@code highestBit}. */
  static byte[] grown(KeyView keys, @Nullable Value value, long highestBit)
      throws StorageException {
    long needed = (highestBit >> 3) + 1;
    Strings.checkLength(keys, needed);
    if (value == null) {
      return new byte[(int) needed];
    }
    return value.payloadOfLength(Math.max((int) needed, value.length()));
  }
}
