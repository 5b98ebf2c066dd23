package kvstore.engine.command;

/**
 * The type of an integer within a string, such as {@code i16} or {@code u63}.
 *
 * @param bits 1 to 64; at most 63 if unsigned
 */
record BitField(boolean signed, int bits) {

  /** What to do with a result that does not fit. */
  enum Overflow {
    WRAP,
    SATURATE,
    FAIL;

    static Overflow parse(byte[] argument) {
      if (Words.is(argument, "wrap")) {
        return WRAP;
      } else if (Words.is(argument, "sat")) {
        return SATURATE;
      } else if (Words.is(argument, "fail")) {
        return FAIL;
      }
      throw new Refusal("ERR Invalid OVERFLOW type specified");
    }
  }

  /** The result of an addition. */
  record Sum(long value, boolean failed) {}

  static BitField parse(byte[] argument) {
    String refusal =
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
            + " i64 is.";
    boolean signed = argument.length > 0 && argument[0] == 'i';
    if (argument.length == 0 || !signed && argument[0] != 'u') {
      throw new Refusal(refusal);
    }
    long bits = Numbers.parse(argument, 1, argument.length - 1, refusal);
    if (bits < 1 || bits > (signed ? 64 : 63)) {
      throw new Refusal(refusal);
    }
    return new BitField(signed, (int) bits);
  }

  private long mask() {
    return bits == 64 ? -1 : (1L << bits) - 1;
  }

  private long max() {
    return signed ? mask() >>> 1 : mask();
  }

  private long min() {
    return signed ? -max() - 1 : 0;
  }

  /** Bits behind the end of the string are zero. */
  long read(byte[] bytes, long offset) {
    long number = 0;
    for (int i = 0; i < bits; i++) {
      number = number << 1 | (Bits.get(bytes, offset + i) ? 1 : 0);
    }
    return extend(number);
  }

  void write(byte[] bytes, long offset, long number) {
    for (int i = 0; i < bits; i++) {
      Bits.set(bytes, offset + i, (number >>> (bits - 1 - i) & 1) != 0);
    }
  }

  private long extend(long number) {
    int unused = 64 - bits;
    return signed ? number << unused >> unused : number & mask();
  }

  /** {@code base + increment}; a base out of range is an overflow too. */
  Sum add(long base, long increment, Overflow overflow) {
    long sum = base + increment;
    boolean wrapped = ((base ^ sum) & (increment ^ sum)) < 0;
    // As in Redis these count as too large, not as too small: a negative number set as an unsigned
    // one, and one that is farther below the largest of its type than 64 bits can tell.
    boolean lowSet = signed ? bits < 64 && base < max() - Long.MAX_VALUE : base < 0;
    boolean above = lowSet || (wrapped ? increment > 0 : sum > max());
    boolean below = !above && (wrapped ? increment < 0 : sum < min());
    if (!above && !below) {
      return new Sum(sum, false);
    }
    return switch (overflow) {
      case WRAP -> new Sum(extend(sum), false);
      case SATURATE -> new Sum(above ? max() : min(), false);
      case FAIL -> new Sum(0, true);
    };
  }
}
