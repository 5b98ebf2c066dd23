package kvstore.engine.command;

import kvstore.engine.storage.StorageException;

/** Single bits, counts and searches of bits, and operations on whole strings of them. */
final class BitCommands {
  private static final Outcome ZERO = new Outcome.Int(0);
  private static final Outcome ONE = new Outcome.Int(1);
  private static final Outcome NOT_FOUND = new Outcome.Int(-1);

  private BitCommands() {}

  static Outcome setBit(KeyEditor keys, byte[][] arguments) throws StorageException {
    String badBit = "ERR bit is not an integer or out of range";
    long offset = Bits.offset(keys, arguments[1], 0);
    long bit = Numbers.parse(arguments[2], badBit);
    if (bit != 0 && bit != 1) {
      throw new Refusal(badBit);
    }
    Value old = Strings.get(keys, arguments[0]);
    byte[] changed = Bits.grown(keys, old, offset);
    boolean before = Bits.get(changed, offset);
    Bits.set(changed, offset, bit == 1);
    keys.put(arguments[0], changed, Strings.expiryOf(old));
    return before ? ONE : ZERO;
  }

  static Outcome getBit(KeyView keys, byte[][] arguments) throws StorageException {
    long offset = Bits.offset(keys, arguments[1], 0);
    Value value = Strings.get(keys, arguments[0]);
    return value != null && Bits.get(value, offset) ? ONE : ZERO;
  }

  /** Bits from {@code first} to {@code last}, both included. */
  private record Range(long first, long last) {
    /**
     * @param unit 1 if the positions are those of bits, 8 of bytes
     */
    static Range of(long start, long end, int unit, Value value) {
      long total = (long) value.length() * 8 / unit;
      long from = Math.max(0, start < 0 ? start + total : start);
      long to = Math.min(total - 1, Math.max(0, end < 0 ? end + total : end));
      // Never multiplied when out of range, so that it cannot overflow.
      return from > to ? new Range(1, 0) : new Range(from * unit, to * unit + unit - 1);
    }

    boolean isEmpty() {
      return first > last;
    }
  }

  private static int unit(byte[] argument) {
    if (Words.is(argument, "bit")) {
      return 1;
    } else if (Words.is(argument, "byte")) {
      return 8;
    }
    throw Refusal.syntax();
  }

  /** {@code BITCOUNT key [start end [BYTE|BIT]]}. */
  static Outcome bitCount(KeyView keys, byte[][] arguments) throws StorageException {
    Value value = Strings.get(keys, arguments[0]);
    if (value == null) {
      return ZERO;
    }
    if (arguments.length == 1) {
      return new Outcome.Int(count(value, Range.of(0, -1, 8, value)));
    }
    if (arguments.length != 3 && arguments.length != 4) {
      throw Refusal.syntax();
    }
    long start = Numbers.parse(arguments[1]);
    long end = Numbers.parse(arguments[2]);
    if (start < 0 && end < 0 && start > end) {
      return ZERO;
    }
    int unit = arguments.length == 4 ? unit(arguments[3]) : 8;
    return new Outcome.Int(count(value, Range.of(start, end, unit, value)));
  }

  private static long count(Value value, Range range) {
    if (range.isEmpty()) {
      return 0;
    }
    int firstByte = (int) (range.first() >> 3);
    int lastByte = (int) (range.last() >> 3);
    long count = 0;
    for (int i = firstByte; i <= lastByte; i++) {
      int bits = value.at(i) & 0xFF;
      if (i == firstByte) {
        bits &= 0xFF >> (range.first() & 7);
      }
      if (i == lastByte) {
        bits &= 0xFF << (7 - (range.last() & 7));
      }
      count += Integer.bitCount(bits);
    }
    return count;
  }

  /** {@code BITPOS key bit [start [end [BYTE|BIT]]]}. */
  static Outcome bitPos(KeyView keys, byte[][] arguments) throws StorageException {
    long bit = Numbers.parse(arguments[1]);
    if (bit != 0 && bit != 1) {
      throw new Refusal("ERR The bit argument must be 1 or 0.");
    }
    Value value = Strings.get(keys, arguments[0]);
    if (value == null) {
      return bit == 1 ? NOT_FOUND : ZERO;
    }
    if (arguments.length > 5) {
      throw Refusal.syntax();
    }
    boolean endGiven = arguments.length >= 4;
    long start = arguments.length >= 3 ? Numbers.parse(arguments[2]) : 0;
    int unit = arguments.length == 5 ? unit(arguments[4]) : 8;
    long end = endGiven ? Numbers.parse(arguments[3]) : -1;
    Range range = Range.of(start, end, unit, value);
    if (range.isEmpty()) {
      return NOT_FOUND;
    }
    long found = find(value, range, bit == 1);
    if (found < 0 && bit == 0 && !endGiven) {
      // Behind its end a string is thought to go on with zeros.
      return new Outcome.Int(value.length() * 8L);
    }
    return new Outcome.Int(found);
  }

  private static long find(Value value, Range range, boolean bit) {
    int none = bit ? 0 : 0xFF;
    for (long i = range.first(); i <= range.last(); i++) {
      if ((i & 7) == 0) {
        while (i + 7 <= range.last() && (value.at((int) (i >> 3)) & 0xFF) == none) {
          i += 8;
        }
        if (i > range.last()) {
          break;
        }
      }
      if (Bits.get(value, i) == bit) {
        return i;
      }
    }
    return -1;
  }

  /** {@code BITOP AND|OR|XOR|NOT destination key [key …]}. */
  static Outcome bitOp(KeyEditor keys, byte[][] arguments) throws StorageException {
    BitOperator operator = BitOperator.parse(arguments[0]);
    if (operator == BitOperator.NOT && arguments.length != 3) {
      throw new Refusal("ERR BITOP NOT must be called with a single source key.");
    }
    // One source at a time: together they may be far larger than memory.
    byte[] result = operator.start(Strings.get(keys, arguments[2]));
    for (int i = 3; i < arguments.length; i++) {
      result = operator.combine(result, Strings.get(keys, arguments[i]));
    }
    if (result.length == 0) {
      keys.remove(arguments[1]);
      return ZERO;
    }
    keys.put(arguments[1], result, Value.NEVER);
    return new Outcome.Int(result.length);
  }
}
